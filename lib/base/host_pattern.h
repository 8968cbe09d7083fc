#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/network.h"

namespace mitm {

/// Names hosts as users do: `example.com`, `*.example.com` (as a shell matches it), `.example.com`
/// (that and everything below it), `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`, each with an
/// optional `:PORT` (`[2001:db8::1]:443`), or `*:PORT`. Case and a name's last dot do not matter.
class HostPattern {
 public:
  /// Fails with kUsage and says what is wrong with `text`.
  static Result<HostPattern> parse(std::string_view text);

  /// Whether a name or numeric address is meant, whatever its port. An empty one never is.
  [[nodiscard]] bool matches_host(std::string_view host) const;
  [[nodiscard]] bool matches_port(std::uint16_t port) const { return !port_ || *port_ == port; }
  /// It means addresses, and no names.
  [[nodiscard]] bool is_network() const { return network_.has_value(); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  Status parse_host(std::string_view host);

  std::string text_;
  std::string name_;  // in lower case; empty when network_ says it
  std::optional<Network> network_;
  std::optional<std::uint16_t> port_;
};

using HostPatterns = std::vector<HostPattern>;

}  // namespace mitm
