#include "cmd/mitm-record/deputy.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "lib/base/io.h"

namespace mitm::record {
namespace {

[[noreturn]] void serve(int line, const std::function<Status()>& deed) {
  char word = 0;
  if (::read(line, &word, 1) == 1) {
    if (const Status done = deed(); !done) {
      const std::string& message = done.error().message;
      ::send(line, message.data(), message.size(), MSG_NOSIGNAL);
    }
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
  if (::send(line_.get(), "!", 1, MSG_NOSIGNAL) != 1) return fail_errno("ask a process of ours");
  std::string message;
  std::array<char, 512> piece{};
  ssize_t got = 0;
  while ((got = ::read(line_.get(), piece.data(), piece.size())) != 0) {
    if (got > 0) message.append(piece.data(), static_cast<std::size_t>(got));
    if (got < 0 && errno != EINTR) return fail_errno("hear from a process of ours");
  }
  return message.empty() ? Status{} : fail(Code::kIo, message);
}

Deputy::~Deputy() {
  if (pid_ == 0) return;
  line_ = Fd();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace mitm::record
