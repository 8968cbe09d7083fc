#include "lib/base/fd.h"

#include <unistd.h>

namespace mitm {

Fd& Fd::operator=(Fd&& other) noexcept {
  Fd taken(std::move(other));
  std::swap(fd_, taken.fd_);
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace mitm
