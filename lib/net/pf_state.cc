#include "lib/net/pf_state.h"

#include <charconv>
#include <string>
#include <vector>

#include "lib/net/address.h"

// Redirected states come in two shapes, the first of which is macOS's and that of older systems:
//
//   ALL tcp LISTENER <- DESTINATION <- CLIENT       ESTABLISHED:ESTABLISHED
//   all tcp LISTENER (DESTINATION) <- CLIENT       ESTABLISHED:ESTABLISHED
//
// with 192.0.2.1:80 or 2001:db8::1[80] for each address.

namespace mitm::net {
namespace {

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> result;
  while (true) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return result;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(" \t\r"), line.size());
    result.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::optional<flow::Endpoint> to_endpoint(std::string_view text) {
  if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
  const bool v6 = text.ends_with(']');
  const auto separator = v6 ? text.find('[') : text.rfind(':');
  if (separator == std::string_view::npos) return std::nullopt;
  std::string_view digits = text.substr(separator + 1);
  if (v6) digits.remove_suffix(1);
  flow::Endpoint endpoint{std::string(text.substr(0, separator)), 0};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  // In the one way of writing an address that all of this program has.
  const auto address = numeric_address(endpoint.address, endpoint.port);
  if (!address) return std::nullopt;
  return net::to_endpoint(address->get());
}

std::optional<flow::Endpoint> destination_in(const std::vector<std::string_view>& line,
                                             const flow::Endpoint& client,
                                             const flow::Endpoint& listener) {
  if (line.size() < 6 || line[1] != "tcp" || to_endpoint(line[2]) != listener) return std::nullopt;
  const bool in_brackets = line[3].starts_with('(') && line[4] == "<-";
  const bool in_a_row = line[3] == "<-" && line.size() > 6 && line[5] == "<-";
  if (in_brackets && to_endpoint(line[5]) == client) return to_endpoint(line[3]);
  if (in_a_row && to_endpoint(line[6]) == client) return to_endpoint(line[4]);
  return std::nullopt;
}

}  // namespace

std::optional<flow::Endpoint> find_in_pf_states(std::string_view states,
                                                const flow::Endpoint& client,
                                                const flow::Endpoint& listener) {
  while (!states.empty()) {
    const auto end = std::min(states.find('\n'), states.size());
    if (auto found = destination_in(words(states.substr(0, end)), client, listener)) return found;
    states.remove_prefix(std::min(end + 1, states.size()));
  }
  return std::nullopt;
}

}  // namespace mitm::net
