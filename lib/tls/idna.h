#pragma once

#include <string>
#include <string_view>

#include "lib/base/error.h"

namespace mitm::tls {

/// The form in which certificates carry an international name: "Bücher.example" becomes
/// "xn--bcher-kva.example" (RFC 3492, RFC 5891). A name in ASCII is returned as it is. Letters are
/// made small where Unicode pairs them one to one; a name that would have to be composed first
/// (combining marks), or is not UTF-8, is kUsage.
Result<std::string> ascii_name(std::string_view name);

}  // namespace mitm::tls
