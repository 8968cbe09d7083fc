#pragma once

#include <string>
#include <string_view>

#include "lib/base/error.h"

namespace mitm::cli {

/// The one voice in which a program speaks to people, on stderr:
///
///     mitm-record: error: open session.flowz: No space left on device
///     mitm-record: hint: free some space and go on with --append
///     mitm-record: warning: …
///     mitm-record: listening on 127.0.0.1:8080 (explicit)
///
/// Every message is one line and one write(2), so that messages of several threads and processes do
/// not mix, and what may come from the network is escaped. Failures to write are ignored: there is
/// nobody left to tell. Any thread, also concurrently.
class Diagnostics {
 public:
  /// `fd` stays the caller's. `color` says whether "error:" and "warning:" are coloured.
  explicit Diagnostics(std::string program, bool color = false, int fd = 2)
      : program_(std::move(program)), color_(color), fd_(fd) {}

  /// The message, and the hint when there is one.
  void error(const Error& error) const;
  void error(std::string_view message) const;
  void warning(std::string_view message) const;
  void hint(std::string_view message) const;
  /// A plain fact.
  void note(std::string_view message) const;

 private:
  void write_line(std::string_view kind, std::string_view color, std::string_view message) const;

  std::string program_;
  bool color_;
  int fd_;
};

}  // namespace mitm::cli
