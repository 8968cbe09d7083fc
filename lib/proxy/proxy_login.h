#pragma once

#include <span>
#include <string_view>

#include "lib/proxy/credentials.h"
#include "lib/proxy/page.h"
#include "lib/wire/http1_head.h"

namespace mitm::proxy {

/// The kind of error of a client that may not use the proxy, see formats/README.md.
inline constexpr std::string_view kProxyAuth = "proxy-auth";

/// Whether a request with these fields may use the proxy (RFC 9110, section 11.7.2).
bool is_authorized(const Credentials& credentials, std::span<const wire::Field> fields);

/// The answer to one that may not.
Page login_page();

}  // namespace mitm::proxy
