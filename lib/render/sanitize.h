#pragma once

#include <cstdint>
#include <string>

#include "lib/base/bytes.h"

namespace mitm::render {

enum class Keep : std::uint8_t {
  kWord,  ///< not even spaces: what stands between spaces of a line and must not look like two
          ///< words
  kLine,  ///< no line breaks and tabs
  kText,  ///< line feeds and tabs stay
};

/// Appends `text` so that nothing in it does more to a terminal than show letters: octets that are
/// not UTF-8 and characters that are not safe to show (lib/base/display.h) appear as \n, \t, \xNN
/// or \u{NNNN}. Backslashes stay as they are: this is for reading, not for decoding.
void append_sanitized(std::string& out, ByteView text, Keep keep = Keep::kLine);
std::string sanitize(ByteView text, Keep keep = Keep::kLine);

}  // namespace mitm::render
