#include "lib/base/interruption.h"

#include <cstddef>
#include <iterator>

namespace mitm {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

// A signal handler can reach nothing else.
volatile std::sig_atomic_t requested_flag = 0;

void note(int /*signal*/) { requested_flag = 1; }

}  // namespace

Interruption::Interruption() : before_{} {
  requested_flag = 0;
  struct sigaction action{};
  action.sa_handler = note;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (std::size_t i = 0; i < std::size(kSignals); ++i) {
    ::sigaction(kSignals[i], &action, &before_[i]);
    const bool ignored = before_[i].sa_handler == SIG_IGN;
    if (kSignals[i] == SIGHUP && ignored) ::sigaction(SIGHUP, &before_[i], nullptr);
  }
}

Interruption::~Interruption() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) {
    ::sigaction(kSignals[i], &before_[i], nullptr);
  }
}

bool Interruption::requested() const { return requested_flag != 0; }

}  // namespace mitm
