#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "lib/base/io.h"
#include "tests/archive/recording.h"
#include "tests/support/temp_dir.h"

// zstd and capnp, as anybody has them, open every clean archive.

using namespace mitm;
using mitm::test::Recording;
using mitm::test::TempDir;

namespace {

/// Standard output and error of a shell command.
std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen((command + " 2>&1").c_str(), "r"),
                                                   ::pclose);
  REQUIRE(pipe != nullptr);
  std::string output;
  char buffer[4096];
  for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) {
    output.append(buffer, got);
  }
  return output;
}

bool tools_are_missing() {
  if (std::system("command -v zstd capnp >/dev/null") == 0) return false;
  WARN("zstd or capnp is not installed: not tested");
  return true;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("zstd and capnp print a clean archive") {
  if (tools_are_missing()) return;
  const TempDir dir;
  Recording recording;
  recording.write(test::one_of_each());
  for (unsigned i = 0; i < 40; ++i) recording.write(test::noise(flow::kMaxChunk, i));
  recording.finish();
  const auto path = (dir / "x.flowz").string();
  REQUIRE(write_file_atomically(path, recording.bytes(), 0600, IfExists::kFail));

  CHECK(output_of("zstd -qt " + path).empty());
  const std::string decode =
      "zstd -dc " + path + " | capnp decode --short " MITM_SCHEMA_FILE " Record";
  const std::string text = output_of(decode);
  CHECK(output_of("bash -o pipefail -c '" + decode + " >/dev/null && echo good'") == "good\n");
  CHECK(count(text, "header = (format = 1, runId = 7, fileNumber = 1, tool = \"test 1\")") == 1);
  CHECK(count(text, "requestHead = (method = \"GET\", scheme = \"https\"") == 2);
  CHECK(count(text, "certificateChain = (") == 1);
  CHECK(count(text, "bodyChunk = (") == 42);
  CHECK(count(text, "archiveEnd = (totals = (seen = 5, recorded = 1") == 1);
}

TEST_CASE("zstd and capnp print archives that were joined") {
  if (tools_are_missing()) return;
  const TempDir dir;
  const auto path = (dir / "x.flowz").string();
  const Bytes one = Recording().write(test::text(100)).finish().bytes();
  REQUIRE(write_file_atomically(path, one + one, 0600, IfExists::kFail));
  const std::string text =
      output_of("zstd -dc " + path + " | capnp decode --short " MITM_SCHEMA_FILE " Record");
  CHECK(count(text, "archiveEnd = (") == 2);
}
