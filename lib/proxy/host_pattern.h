#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"

namespace mitm::proxy {

/// What is known of where a connection goes.
struct Whereabouts {
  std::string sni;      ///< what the client asked for in its ClientHello; empty: nothing
  std::string host;     ///< what it asked the proxy for: a name or a numeric address
  std::string address;  ///< numeric, of the server that we are connected to; empty: none yet
  std::uint16_t port = 0;

  /// Without a name that only the client's ClientHello claims, while it asked the proxy for another
  /// one: for what must not be had by claiming.
  [[nodiscard]] Whereabouts as_connected() const;
  /// The client asked the proxy for one name and the server for another.
  [[nodiscard]] bool is_contradictory() const;
};

/// Names hosts as users do: `example.com`, `*.example.com` (as a shell matches it), `.example.com`
/// (that and everything below it), `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`, each with an
/// optional `:PORT` (`[2001:db8::1]:443`), or `*:PORT`. Case and a name's last dot do not matter.
class HostPattern {
 public:
  /// Fails with kUsage and says what is wrong with `text`.
  static Result<HostPattern> parse(std::string_view text);

  /// Whether any name or address of `where` is meant.
  [[nodiscard]] bool matches(const Whereabouts& where) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Network {
    Bytes address;  ///< 4 or 16 octets
    unsigned bits = 0;

    [[nodiscard]] bool contains(ByteView other) const;
  };

  Status parse_host(std::string_view host);
  Status parse_network(std::string_view address, std::string_view bits);
  [[nodiscard]] bool matches_host(std::string_view host) const;

  std::string text_;
  std::string name_;  // in lower case; empty when network_ says it
  std::optional<Network> network_;
  std::optional<std::uint16_t> port_;
};

using HostPatterns = std::vector<HostPattern>;

bool matches_any(const HostPatterns& patterns, const Whereabouts& where);

}  // namespace mitm::proxy
