#include "lib/net/signal_watch.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace mitm::net {

Result<std::unique_ptr<SignalWatch>> SignalWatch::create(Loop& loop,
                                                         const std::vector<int>& signals,
                                                         std::function<void(Signal)> action) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  if (const int err = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); err != 0)
    return fail_errno("block signals", err);
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.is_open()) return fail_errno("signalfd");
  return std::unique_ptr<SignalWatch>(new SignalWatch(loop, std::move(fd), std::move(action)));
}

SignalWatch::SignalWatch(Loop& loop, Fd fd, std::function<void(Signal)> action)
    : fd_(std::move(fd)),
      action_(std::move(action)),
      event_(event_new(
          loop.base(), fd_.get(), EV_READ | EV_PERSIST,
          [](evutil_socket_t, short, void* self) {
            static_cast<SignalWatch*>(self)->on_readable();
          },
          this)) {
  event_add(event_.get(), nullptr);
}

void SignalWatch::on_readable() {
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == sizeof info) {
    action_({static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL});
  }
}

}  // namespace mitm::net
