#pragma once

#include <cstddef>
#include <cstdint>

namespace mitm {

/// How many file descriptors this process may have open (RLIMIT_NOFILE): `soft` counts, and can be
/// raised up to `hard`.
struct DescriptorLimit {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;

  bool operator==(const DescriptorLimit&) const = default;
};

DescriptorLimit descriptor_limit();
/// False, and nothing has changed, when the system refuses it.
bool set_descriptor_limit(const DescriptorLimit& limit);
/// Of another process of ours; not when it has ended already.
void set_descriptor_limit_of(int pid, const DescriptorLimit& limit);
/// Makes the hard limit the soft one too. Programs of old that use select(2) want it low; what we
/// start must get the former limit back.
void raise_descriptor_limit();

/// How many are open now. Counts them: not for often.
std::size_t open_descriptors();

/// While it lives new processes start with another limit. Descriptors that are open stay so, but
/// no thread should open any meanwhile.
class LimitForChildren {
 public:
  explicit LimitForChildren(const DescriptorLimit& limit) { set_descriptor_limit(limit); }
  LimitForChildren(const LimitForChildren&) = delete;
  LimitForChildren& operator=(const LimitForChildren&) = delete;
  ~LimitForChildren() { set_descriptor_limit(before_); }

 private:
  DescriptorLimit before_ = descriptor_limit();
};

}  // namespace mitm
