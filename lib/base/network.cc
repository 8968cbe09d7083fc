#include "lib/base/network.h"

#include <algorithm>
#include <charconv>

#include "lib/base/ip.h"

namespace mitm {
namespace {

constexpr std::size_t kMappedPrefix = 12;

std::optional<unsigned> parse_width(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Bytes> address_octets(std::string_view text) {
  constexpr ByteView kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", kMappedPrefix);
  auto octets = parse_ip(text);
  if (octets && octets->size() == 16 && octets->starts_with(kMapped))
    octets->erase(0, kMappedPrefix);
  return octets;
}

Result<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  auto octets = address_octets(address);
  if (slash == std::string_view::npos) {
    if (!octets) return fail(Code::kUsage, "that is no address");
    const auto bits = static_cast<unsigned>(octets->size()) * 8;
    return Network(*std::move(octets), bits);
  }
  if (!octets) return fail(Code::kUsage, "before the slash there is no address");
  const auto size = static_cast<unsigned>(octets->size());
  const bool is_mapped = size == 4 && address.contains(':');
  const unsigned skipped = is_mapped ? static_cast<unsigned>(kMappedPrefix) * 8 : 0;
  const auto width = parse_width(text.substr(slash + 1), skipped + size * 8);
  if (!width || *width < skipped)
    return fail(Code::kUsage, "after the slash there is no length of a prefix");
  return Network(*std::move(octets), *width - skipped);
}

Network::Network(Bytes address, unsigned bits) : address_(std::move(address)), bits_(bits) {
  const Bytes prefix = mask();
  for (std::size_t i = 0; i < address_.size(); ++i)
    address_[i] = static_cast<char>(address_[i] & prefix[i]);
}

Bytes Network::mask() const {
  Bytes mask(address_.size(), '\0');
  for (unsigned i = 0; i < bits_; ++i)
    mask[i / 8] = static_cast<char>(static_cast<unsigned char>(mask[i / 8]) | (0x80U >> i % 8));
  return mask;
}

bool Network::contains(ByteView octets) const {
  if (octets.size() != address_.size()) return false;
  const std::size_t whole = bits_ / 8;
  if (octets.substr(0, whole) != ByteView(address_).substr(0, whole)) return false;
  if (bits_ % 8 == 0) return true;
  const unsigned differing = static_cast<unsigned char>(octets[whole] ^ address_[whole]);
  return differing >> (8 - bits_ % 8) == 0;
}

bool Network::contains_address(std::string_view address) const {
  const auto octets = address_octets(address);
  return octets && contains(*octets);
}

bool Network::covers(const Network& other) const {
  return bits_ <= other.bits_ && contains(other.address_);
}

std::string Network::text() const {
  const std::string address = format_ip(address_);
  return bits_ == address_.size() * 8 ? address : address + '/' + std::to_string(bits_);
}

bool any_contains(const Networks& networks, std::string_view address) {
  const auto octets = address_octets(address);
  return octets && std::ranges::any_of(
                       networks, [&](const Network& network) { return network.contains(*octets); });
}

}  // namespace mitm
