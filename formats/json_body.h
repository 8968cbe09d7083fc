#pragma once

#include "formats/json_out.h"
#include "lib/base/error.h"
#include "lib/base/spool.h"

namespace mitm::formats {

/// Writes the members "text" or "base64" of an object that is open, and "decoded_size" where
/// `content_encoding` (empty: none) was undone. A body that cannot be decoded to its end is written
/// as it was recorded. Reads the body two or three times, holding no more than a piece of it. Fails
/// only when its temporary file does; failures of the sink are JsonOut's.
Status write_body_members(JsonOut& out, const Spool& body, ByteView content_encoding);

/// Writes the member "text" or, where `content` is not UTF-8, "base64" of an object that is open.
void write_bytes_member(JsonOut& out, ByteView content);

}  // namespace mitm::formats
