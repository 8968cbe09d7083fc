#pragma once

#include <string>

#include "lib/base/error.h"
#include "lib/base/io.h"

namespace mitm::cli {

/// What is returned when the reader of our standard output went away (`mitm-dump … | head`).
/// run_program takes it for success, so a body just hands it on.
Error output_closed();

/// Standard output, for data. Collects up to 64 KiB; flush() when somebody may be waiting for it.
/// Fails with output_closed() on EPIPE. One thread.
class Output final : public ByteSink {
 public:
  /// `fd` stays the caller's and stays open.
  explicit Output(int fd = 1) : fd_(fd) {}
  ~Output() override = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  Status write(ByteView bytes) override;
  Status flush();
  /// output_closed() when nobody can read any more what is written, for programs that write rarely.
  [[nodiscard]] Status check() const;
  Status sync() override { return flush(); }
  /// Must be called: the destructor throws away what was not flushed.
  Status close() override { return flush(); }

 private:
  Status write_through(ByteView bytes);

  int fd_;
  Bytes pending_;
};

}  // namespace mitm::cli
