#include "lib/base/descriptor_limit.h"

#include <sys/resource.h>

#include <filesystem>
#include <iterator>
#include <system_error>

namespace mitm {

DescriptorLimit descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  return {limit.rlim_cur, limit.rlim_max};
}

bool set_descriptor_limit(const DescriptorLimit& limit) {
  const rlimit wanted{.rlim_cur = limit.soft, .rlim_max = limit.hard};
  return ::setrlimit(RLIMIT_NOFILE, &wanted) == 0;
}

void set_descriptor_limit_of(int pid, const DescriptorLimit& limit) {
  const rlimit wanted{.rlim_cur = limit.soft, .rlim_max = limit.hard};
  ::prlimit(pid, RLIMIT_NOFILE, &wanted, nullptr);
}

void raise_descriptor_limit() {
  const DescriptorLimit limit = descriptor_limit();
  if (limit.soft < limit.hard) set_descriptor_limit({limit.hard, limit.hard});
}

std::size_t open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/dev/fd", error);
  if (error) return 0;
  // Looking takes one.
  return static_cast<std::size_t>(std::distance(begin(all), end(all))) - 1;
}

}  // namespace mitm
