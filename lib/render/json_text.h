#pragma once

#include <optional>
#include <string>

#include "lib/base/bytes.h"

namespace mitm::render {

/// `json` (RFC 8259) with one member or element a line, indented by two spaces; nullopt when it is
/// not JSON. Numbers and the order and repetition of members stay as they are; strings are written
/// with the escapes they need. The result is for reading and not sanitized yet.
std::optional<std::string> indent_json(ByteView json);

}  // namespace mitm::render
