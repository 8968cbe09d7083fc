#pragma once

#include <cstdint>
#include <string_view>

#include "lib/base/error.h"
#include "lib/cli/output.h"
#include "lib/replay/report.h"

namespace mitm::replay {

/// The lines of a replay on standard output, safe for a terminal, each written at once.
class Printer {
 public:
  explicit Printer(bool color) : color_(color) {}

  Status print(const Trial& trial);
  Status print_verdict(const Tally& tally);
  Status print_line(std::string_view text);

 private:
  enum class Ink : std::uint8_t { kPlain, kGood, kBad };
  Status print(std::string_view text, Ink ink);

  cli::Output output_;
  bool color_;
};

}  // namespace mitm::replay
