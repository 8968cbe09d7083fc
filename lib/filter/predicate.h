#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "lib/flow/flow.h"

namespace mitm::filter {

/// How much of a flow is there to be asked.
enum class Known : std::uint8_t {
  kTimes,    ///< ids and times: of what is too long for a summary
  kSummary,  ///< what the summary of a recording tells (formats/summary.capnp)
  kHeads,    ///< everything but the octets of bodies
};

enum class Truth : std::uint8_t { kNo, kYes, kUnknown };

constexpr Truth truth(bool holds) { return holds ? Truth::kYes : Truth::kNo; }

/// A question about a flow.
struct Predicate {
  std::string text;  ///< in the language of filters
  Known needs = Known::kSummary;
  bool is_partly_known = false;  ///< some summaries do not tell, though most do
  /// Called with at least what it needs; unknown from heads only where even they do not hold all.
  std::function<Truth(const flow::Flow&, Known)> decide;

  [[nodiscard]] Truth of(const flow::Flow& flow, Known known) const {
    return known < needs ? Truth::kUnknown : decide(flow, known);
  }
};

/// One with a plain answer.
inline Predicate predicate(std::string text, Known needs,
                           std::function<bool(const flow::Flow&)> holds) {
  return {.text = std::move(text),
          .needs = needs,
          .is_partly_known = false,
          .decide = [holds = std::move(holds)](const flow::Flow& flow, Known) {
            return truth(holds(flow));
          }};
}

}  // namespace mitm::filter
