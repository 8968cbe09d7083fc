#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/base/error.h"
#include "lib/tls/handles.h"

namespace mitm::tls {

/// Values are the protocol numbers on the wire (RFC 8446, section 4.2.1).
enum class Version : std::uint16_t {
  kTls10 = 0x0301,
  kTls11 = 0x0302,
  kTls12 = 0x0303,
  kTls13 = 0x0304
};

/// "1.2" → kTls12. Nothing for any other text.
std::optional<Version> parse_version(std::string_view text);

/// The versions a leg speaks, both included.
struct VersionRange {
  Version min = Version::kTls12;
  Version max = Version::kTls13;
};

/// Applies `range` to a new context. Versions below 1.2 sign with SHA-1, so that asking for them
/// lowers the context's security level to 0 as well.
Status set_versions(ssl_ctx_st* context, VersionRange range);

}  // namespace mitm::tls
