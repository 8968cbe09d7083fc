#include "cmd/mitm-record/refusal_notes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "lib/base/display.h"

namespace mitm::record {

void RefusalNotes::tell(const proxy::TlsClient& client) {
  constexpr std::size_t kMostTold = 100;
  if (++told_ > kMostTold) return;
  const auto text = fmt::format("{} does not accept our certificate for {}", client.address,
                                printable(client.server));
  if (!client.can_be_passed) {
    diagnostics_.note(text);
    if (std::exchange(hinted_at_refusing_, true)) return;
    return diagnostics_.hint(
        "give it our CA (mitm-ca export), or show it a certificate that it knows (--cert "
        "HOST=FILE)");
  }
  diagnostics_.note(fmt::format("{}: passed through for {} seconds", text,
                                std::chrono::ceil<std::chrono::seconds>(pin_memory_).count()));
  if (std::exchange(hinted_at_passing_, true)) return;
  diagnostics_.hint(
      "if it only lacks our CA, give it that (mitm-ca export) and start again, or use "
      "--no-fail-open");
}

void RefusalNotes::sum_up(const std::vector<proxy::TlsClient>& passed) const {
  constexpr std::size_t kShown = 20;
  std::set<std::string> names;
  for (const proxy::TlsClient& client : passed)
    names.insert(fmt::format("{} ({})", printable(client.server), client.address));
  if (names.empty()) return;
  const std::vector<std::string> all(names.begin(), names.end());
  const std::size_t shown = std::min(all.size(), kShown);
  std::string text = fmt::format("{}", fmt::join(all.begin(), all.begin() + shown, ", "));
  if (all.size() > shown) text += fmt::format(" and {} more", all.size() - shown);
  diagnostics_.note("refused our certificate, so passed through from then on: " + text);
}

}  // namespace mitm::record
