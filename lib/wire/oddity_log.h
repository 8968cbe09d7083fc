#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/wire/http1.h"
#include "lib/wire/oddities.h"

namespace mitm::wire {

/// `bytes` for people: at most `limit` octets, control and high octets as \xNN, "..." where cut.
std::string excerpt(ByteView bytes, std::size_t limit = 80);

/// The oddities of one message that wait to be handed out; each name once.
class OddityLog {
 public:
  void add(OddityId id, ByteView detail = {});
  /// The next one in the order of add().
  std::optional<Oddity> take();
  /// Names may be reported again. Those that wait remain.
  void begin_message() { seen_.reset(); }

 private:
  std::bitset<static_cast<std::size_t>(OddityId::kCount)> seen_;
  std::vector<Oddity> waiting_;
  std::size_t taken_ = 0;
};

}  // namespace mitm::wire
