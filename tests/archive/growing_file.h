#pragma once

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "lib/archive/writer.h"
#include "lib/base/fd.h"
#include "tests/support/manual_clock.h"

namespace mitm::test {

/// Some octets in a file that a writer has open and locked.
class LockedFile {
 public:
  explicit LockedFile(const std::filesystem::path& path)
      : sink_(archive::create_archive_file(path).value()) {}
  void write(ByteView bytes) { REQUIRE(sink_->write(bytes)); }
  void close() { REQUIRE(sink_->close()); }

 private:
  std::unique_ptr<ByteSink> sink_;
};

/// An archive that is being written to a file.
class GrowingFile {
 public:
  GrowingFile(const std::filesystem::path& path, flow::Header header)
      : writer_(archive::Writer::open(archive::create_archive_file(path).value(), header, clock_)
                    .value()) {}
  GrowingFile& write(const flow::Record& record) {
    REQUIRE(writer_->append(record));
    REQUIRE(writer_->flush());
    return *this;
  }
  void finish(const std::string& next_file = "") { REQUIRE(writer_->finish({}, next_file)); }
  /// As a kill does: what was flushed is there, the lock is gone.
  void abandon() { writer_.reset(); }

 private:
  ManualClock clock_{Time{std::chrono::seconds{1'800'000'000}}};
  std::unique_ptr<archive::Writer> writer_;
};

}  // namespace mitm::test
