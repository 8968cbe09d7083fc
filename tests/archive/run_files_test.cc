#include "lib/archive/run_files.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "tests/archive/growing_file.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using mitm::archive::oldest_file;

TEST_CASE("of a run's files the oldest above a number is found, whatever else is there") {
  const test::TempDir folder;
  const auto make = [&](const char* name, std::uint32_t number, std::uint64_t run) {
    test::GrowingFile(folder / name, {.run_id = run, .file_number = number, .tool = "test"})
        .finish();
  };
  make("a", 5, 7);
  make("b", 3, 7);
  make("c", 4, 8);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  REQUIRE(write_file_atomically(folder / "text", "hello", 0600, IfExists::kFail));
  REQUIRE(std::filesystem::create_directory(folder / "folder"));

  CHECK(oldest_file(folder.path(), 7, 1, 100) == folder / "b");
  CHECK(oldest_file(folder.path(), 7, 3, 100) == folder / "a");
  CHECK(oldest_file(folder.path(), 7, 3, 5) == std::nullopt);
  CHECK(oldest_file(folder.path(), 7, 5, 100) == std::nullopt);
  CHECK(oldest_file(folder / "nowhere", 7, 1, 100) == std::nullopt);
}
