#include "cmd/mitm-replay/printer.h"

#include <fmt/format.h>

#include "lib/cli/escape.h"

namespace mitm::replay {

Status Printer::print(const Trial& trial) {
  return print(describe(trial), is_difference(judge(trial)) ? Ink::kBad : Ink::kPlain);
}

Status Printer::print_verdict(const Tally& tally) {
  return print(verdict(tally), tally.differs() ? Ink::kBad : Ink::kGood);
}

Status Printer::print_line(std::string_view text) { return print(text, Ink::kPlain); }

Status Printer::print(std::string_view text, Ink ink) {
  const auto safe = cli::escape_controls(text);
  if (!color_ || ink == Ink::kPlain) {
    MITM_TRY(output_.write(safe + "\n"));
  } else {
    MITM_TRY(output_.write(fmt::format("\033[{}m{}\033[0m\n", ink == Ink::kBad ? 31 : 32, safe)));
  }
  return output_.flush();
}

}  // namespace mitm::replay
