#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"

namespace mitm {

/// The 4 or 16 octets of a numeric address; one of IPv4 within IPv6 (RFC 4291, section 2.5.5.2)
/// becomes what it maps. Nothing when `text` is not an address.
std::optional<Bytes> address_octets(std::string_view text);

/// Addresses with a common prefix: "10.0.0.0/8", "2001:db8::/32", or one address alone.
class Network {
 public:
  /// Fails with kUsage and what is wrong with `text`.
  static Result<Network> parse(std::string_view text);

  /// Its first address: 4 or 16 octets, zero behind the prefix.
  [[nodiscard]] const Bytes& address() const { return address_; }
  /// As many octets, one bits for the prefix.
  [[nodiscard]] Bytes mask() const;

  [[nodiscard]] bool contains(ByteView octets) const;
  /// False for what is no numeric address.
  [[nodiscard]] bool contains_address(std::string_view address) const;
  /// Whether it holds all that `other` holds.
  [[nodiscard]] bool covers(const Network& other) const;

  /// As parse() takes it, with the first address; without a length where it is one address alone.
  [[nodiscard]] std::string text() const;

  bool operator==(const Network&) const = default;

 private:
  Network(Bytes address, unsigned bits);

  Bytes address_;
  unsigned bits_ = 0;
};

using Networks = std::vector<Network>;

bool any_contains(const Networks& networks, std::string_view address);

}  // namespace mitm
