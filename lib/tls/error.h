#pragma once

#include <string_view>

#include "lib/base/error.h"

namespace mitm::tls {

/// OpenSSL's words for an error code, in static storage; null when it has none.
const char* reason_of(unsigned long code);

/// Empties this thread's OpenSSL error queue into "<what>: <reason>; <reason>", code kTls. Call
/// ERR_clear_error() before the operation, else an older failure is told as well.
Error tls_error(std::string_view what);

/// `return fail_tls("make key");` in a function that returns a Result or a Status.
std::unexpected<Error> fail_tls(std::string_view what);

}  // namespace mitm::tls
