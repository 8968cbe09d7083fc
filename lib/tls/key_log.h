#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>

#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/base/io.h"

namespace mitm::tls {

/// The secrets of TLS sessions in a file, in the format that NSS made common (draft-ietf-tls-
/// keylogfile), with which tshark and others decrypt what was captured of them. Any thread.
class KeyLog {
 public:
  /// Lines are added to `path`, which is created with mode 0600.
  static Result<std::shared_ptr<KeyLog>> open(const std::filesystem::path& path,
                                              Links links = Links::kFollow);

  /// Goes on in a file of the same name, where that has been moved away in a new one; where that
  /// cannot be opened, in the old one.
  Status reopen();
  /// Until reopen().
  [[nodiscard]] int descriptor() const { return fd_.get(); }
  /// A line without its end.
  void write(std::string_view line);
  /// The first failure to write.
  [[nodiscard]] Status status() const;

 private:
  KeyLog(Fd fd, std::filesystem::path path, Links links)
      : path_(std::move(path)), links_(links), fd_(std::move(fd)) {}

  const std::filesystem::path path_;
  const Links links_;
  mutable std::mutex mutex_;
  Fd fd_;                // under mutex_
  bool failed_ = false;  // under mutex_: nothing can be written to fd_
  Status status_;        // under mutex_
};

}  // namespace mitm::tls
