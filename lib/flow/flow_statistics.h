#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/time.h"
#include "lib/flow/flow.h"
#include "lib/flow/histogram.h"
#include "lib/flow/top_list.h"

namespace mitm::flow {

/// What many flows come to, in memory that does not depend on their number. One thread.
struct FlowStatistics {
  static constexpr std::size_t kKinds = 5;
  static constexpr std::size_t kStatusClasses = 6;

  void add(const Flow& flow);

  std::uint64_t flows = 0;
  std::uint64_t passed = 0;
  std::uint64_t incomplete = 0;
  std::uint64_t failed = 0;                              ///< with an error
  std::array<std::uint64_t, kKinds> kinds{};             ///< by Kind
  std::array<std::uint64_t, kStatusClasses> statuses{};  ///< by the first digit; 0: any other
  std::uint64_t unanswered = 0;                          ///< requests without a response
  std::uint64_t bytes_from_client = 0;
  std::uint64_t bytes_to_client = 0;
  std::uint64_t request_bodies = 0;   ///< octets
  std::uint64_t response_bodies = 0;  ///< octets
  std::optional<Time> first;          ///< a flow's start
  std::optional<Time> last;           ///< a flow's end
  Histogram durations;                ///< in nanoseconds
  TopList methods{64};
  TopList hosts{4096};
  TopList errors{64};                ///< by kind
  TopList anomalies{256};            ///< by name, of each flow those that it keeps
  std::uint64_t more_anomalies = 0;  ///< that flows did not keep
};

/// The host that a flow was meant for, in lower case: from the request, else the SNI, else where
/// the client asked to be connected to. Empty when nothing is known.
std::string host_of(const Flow& flow);

}  // namespace mitm::flow
