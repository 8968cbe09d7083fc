#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/flow/record.h"
#include "lib/wire/http1_head.h"

namespace mitm::render {

/// The header fields of a recorded head, whichever protocol it came in, in order and as received.
/// HTTP/2's pseudo-header fields are among them. Views into the head.
std::vector<wire::Field> header_fields(const flow::RequestHead& head);
std::vector<wire::Field> header_fields(const flow::ResponseHead& head);
std::vector<wire::Field> header_fields(const flow::Trailers& trailers);

/// The values of all fields of that name (without regard to ASCII case), joined by ", "; nullopt
/// when there is none (RFC 9110, section 5.3).
std::optional<std::string> header_value(const std::vector<wire::Field>& fields, ByteView name);

}  // namespace mitm::render
