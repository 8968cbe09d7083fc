#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/flow/facts.h"

namespace mitm::trust {

/// What a certificate is called in every store: "mitmkit-" and the first twelve hex digits of its
/// SHA-256 fingerprint, so that several CAs lie side by side and each is found again.
std::string store_name(const flow::Certificate& certificate);
std::string store_name(std::string_view sha256);

}  // namespace mitm::trust
