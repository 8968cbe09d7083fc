#include "cmd/mitm-record/deputy.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "lib/base/io.h"

namespace mitm::record {
namespace {

constexpr char kDone = '+';
constexpr char kFailed = '-';

std::string read_to_end(int line) {
  std::string text;
  std::array<char, 512> piece{};
  while (true) {
    const ssize_t got = ::read(line, piece.data(), piece.size());
    if (got > 0) text.append(piece.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) return text;
  }
}

[[noreturn]] void serve(int line, const std::function<Status()>& deed) noexcept {
  // One octet, and no more will come.
  if (!read_to_end(line).empty()) {
    const Status done = deed();
    const std::string reply = done ? std::string(1, kDone) : kFailed + done.error().message;
    ::send(line, reply.data(), reply.size(), MSG_NOSIGNAL);
  }
  // Nothing of the parent's is to be flushed or ended here.
  ::_exit(0);
}

}  // namespace

Result<Deputy> Deputy::appoint(const std::function<Status()>& deed) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail_errno("make a socket pair");
  Fd ours(ends[0]);
  Fd theirs(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("fork");
  if (pid == 0) {
    ours = Fd();
    serve(theirs.get(), deed);
  }
  return Deputy(std::move(ours), pid);
}

Status Deputy::act() {
  if (::send(line_.get(), "!", 1, MSG_NOSIGNAL) != 1 || ::shutdown(line_.get(), SHUT_WR) != 0)
    return fail_errno("ask a process of ours");
  const std::string reply = read_to_end(line_.get());
  if (reply.empty()) return fail(Code::kIo, "a process of ours ended before its work was done");
  return reply.front() == kDone ? Status{} : fail(Code::kIo, reply.substr(1));
}

Deputy::~Deputy() {
  if (pid_ == 0) return;
  line_ = Fd();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace mitm::record
