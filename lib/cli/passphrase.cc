#include "lib/cli/passphrase.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "lib/base/fd.h"
#include "lib/base/io.h"
#include "lib/base/write_all.h"
#include "lib/cli/escape.h"

namespace mitm::cli {
namespace {

constexpr std::size_t kMaxLine = 1024;
constexpr auto kTerminal = "/dev/tty";
constexpr char kInterrupt = 3;
constexpr char kQuit = 28;

/// Shows nothing of what is typed. Keys make no signals meanwhile, so that whoever interrupts gets
/// the terminal back as it was.
class Silence {
 public:
  explicit Silence(int fd) : fd_(fd), known_(::tcgetattr(fd, &before_) == 0) {
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    // They end the line instead.
    quiet.c_cc[VEOL] = kInterrupt;
    quiet.c_cc[VEOL2] = kQuit;
    if (known_) ::tcsetattr(fd_, TCSAFLUSH, &quiet);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() {
    if (known_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }

 private:
  int fd_;
  termios before_{};
  bool known_;
};

Result<std::string> read_line(int fd) {
  std::string line;
  while (true) {
    char letter = 0;
    const ssize_t got = ::read(fd, &letter, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(fmt::format("read {}", kTerminal));
    if (got == 0 || letter == '\n') return line;
    if (letter == kInterrupt || letter == kQuit)
      return fail(Code::kCancelled, "no passphrase was given");
    if (line.size() == kMaxLine) return fail(Code::kUsage, "the passphrase is too long");
    line += letter;
  }
}

Result<std::string> ask(int fd, const std::string& prompt) {
  const Silence silence(fd);
  MITM_TRY(write_all(fd, prompt, kTerminal));
  auto line = read_line(fd);
  MITM_TRY(write_all(fd, "\n", kTerminal));
  return line;
}

Result<std::string> first_line(const std::string& path) {
  auto content = read_file(path, kMaxLine);
  if (!content) return content;
  std::string line = content->substr(0, content->find('\n'));
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace

PassphraseSource::PassphraseSource(const ParsedOptions& options, const char* option,
                                   const char* variable)
    : option_(option), variable_(variable), file_(options.value(option)) {
  if (const char* value = std::getenv(variable)) environment_ = value;
}

Result<std::string> PassphraseSource::read(const std::string& what, Twice twice) const {
  if (file_) {
    auto line = first_line(*file_);
    if (!line) line.error().message = fmt::format("--{}: {}", option_, line.error().message);
    if (line && line->empty())
      return fail(Code::kUsage,
                  fmt::format("--{}: the first line of {} is empty", option_, *file_));
    return line;
  }
  if (!environment_.empty()) return environment_;
  const Fd terminal(::open(kTerminal, O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal.is_open()) {
    return fail(Code::kUsage,
                fmt::format("{}: a passphrase is needed, and there is no terminal to ask", what),
                fmt::format("give it with --{} FILE or in ${}", option_, variable_));
  }
  const std::string name = escape_controls(what);
  auto first = ask(terminal.get(), fmt::format("passphrase of {}: ", name));
  if (!first) return first;
  if (first->empty())
    return fail(Code::kUsage, "an empty passphrase protects nothing", "start again, and type one");
  if (twice == Twice::kNo) return first;
  const auto second = ask(terminal.get(), "the same again: ");
  if (!second) return second;
  if (*first != *second)
    return fail(Code::kUsage, "the passphrases are not the same", "start again, and type it twice");
  return first;
}

}  // namespace mitm::cli
