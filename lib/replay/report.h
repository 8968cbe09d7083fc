#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/replay/outcome.h"

/// What people are told about a replay, as plain text. What comes from the network stands in it as
/// it came: whoever prints it has to escape it.
namespace mitm::replay {

/// A request that was tried.
struct Trial {
  std::string name;  ///< of the flow: "12", or "RUN:12"
  std::string method;
  std::string url;
  std::optional<std::uint16_t> recorded;  ///< nullopt: it was not answered then
  Outcome outcome;
};

enum class Judgement : std::uint8_t {
  kAlike,      ///< the same status as recorded
  kDifferent,  ///< another status
  kNew,        ///< answered now, but not when it was recorded
  kFailed,     ///< not answered, or not even sent
};

Judgement judge(const Trial& trial);
constexpr bool is_difference(Judgement judgement) {
  return judgement == Judgement::kDifferent || judgement == Judgement::kFailed;
}

/// "12 GET http://example.com/ 200 -> 404 3.1 ms different".
std::string describe(const Trial& trial);

/// `sent` counts what was put on a connection; alike, different, unrecorded and failed add up to
/// what was tried.
struct Tally {
  std::uint64_t sent = 0;
  std::uint64_t alike = 0;
  std::uint64_t different = 0;
  std::uint64_t unrecorded = 0;  ///< Judgement::kNew
  std::uint64_t failed = 0;
  std::uint64_t skipped = 0;  ///< CONNECT and switched protocols, not tried
  bool stopped = false;       ///< before everything was tried

  void add(const Trial& trial);
  [[nodiscard]] bool differs() const { return different + failed > 0; }
};

/// "all alike: 3 of 3 requests alike, 0 different, 0 failed; 1 skipped".
std::string verdict(const Tally& tally);

}  // namespace mitm::replay
