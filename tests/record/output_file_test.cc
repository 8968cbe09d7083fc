#include "cmd/mitm-record/output_file.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "lib/archive/writer.h"
#include "lib/archive/writer_lock.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using record::OutputFile;

namespace {

OutputFile create(const std::filesystem::path& path) {
  const auto sink = archive::create_archive_file(path).value();
  return OutputFile::of(*sink).value().value();
}

}  // namespace

TEST_CASE("an output file is known wherever it is moved, until it is removed") {
  const test::TempDir dir;
  const auto path = dir / "a";
  const OutputFile file = create(path);
  CHECK(file.is_at(path));
  CHECK(file.name(path.string()) == path.string());
  std::filesystem::rename(path, dir / "b");
  CHECK_FALSE(file.is_at(path));
  CHECK(file.name(path.string()) == (dir / "b").string());
  const OutputFile other = create(path);
  CHECK_FALSE(file.is_at(path));
  CHECK(other.is_at(path));
  std::filesystem::remove(dir / "b");
  CHECK(file.name(path.string()) == std::nullopt);
}

TEST_CASE("an output file stays locked as long as it is held") {
  const test::TempDir dir;
  {
    const OutputFile file = create(dir / "a");
    CHECK(archive::is_being_written(dir / "a"));
  }
  CHECK_FALSE(archive::is_being_written(dir / "a"));
}

TEST_CASE("a device is no output file") {
  const auto sink = archive::create_archive_file("/dev/null").value();
  CHECK(OutputFile::of(*sink).value() == std::nullopt);
}
