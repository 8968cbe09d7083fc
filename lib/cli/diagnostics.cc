#include "lib/cli/diagnostics.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "lib/cli/escape.h"

namespace mitm::cli {
namespace {

constexpr std::string_view kBoldRed = "\x1b[1;31m";
constexpr std::string_view kBoldYellow = "\x1b[1;33m";
constexpr std::string_view kReset = "\x1b[0m";

}  // namespace

void Diagnostics::error(const Error& error) const {
  this->error(error.message);
  if (!error.hint.empty()) hint(error.hint);
}

void Diagnostics::error(std::string_view message) const { write_line("error:", kBoldRed, message); }

void Diagnostics::warning(std::string_view message) const {
  write_line("warning:", kBoldYellow, message);
}

void Diagnostics::hint(std::string_view message) const { write_line("hint:", {}, message); }

void Diagnostics::note(std::string_view message) const { write_line({}, {}, message); }

void Diagnostics::write_line(std::string_view kind, std::string_view color,
                             std::string_view message) const {
  std::string line = program_ + ": ";
  if (!kind.empty()) {
    const bool colored = color_ && !color.empty();
    line += fmt::format("{}{}{} ", colored ? color : "", kind, colored ? kReset : "");
  }
  line += escape_controls(message);
  line += '\n';
  while (::write(fd_, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace mitm::cli
