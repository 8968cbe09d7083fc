#include "cmd/mitm-replay/standard_input.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "lib/base/pending_signal.h"

namespace mitm::replay {
namespace {

constexpr int kLookEveryMs = 100;

class StandardInput final : public ByteSource {
 public:
  Result<std::size_t> read(std::span<char> buffer) override {
    while (true) {
      if (pending_signal({SIGINT, SIGTERM}))
        return fail(Code::kCancelled, "read standard input: interrupted");
      pollfd waiting{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, kLookEveryMs) <= 0) continue;
      const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR && errno != EAGAIN) return fail_errno("read standard input");
    }
  }
  [[nodiscard]] bool is_ready() const override {
    pollfd waiting{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 0) != 0;
  }
};

}  // namespace

std::unique_ptr<ByteSource> standard_input() { return std::make_unique<StandardInput>(); }

}  // namespace mitm::replay
