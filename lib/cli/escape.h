#pragma once

#include <string>
#include <string_view>

namespace mitm::cli {

/// `text` as one line that does nothing to a terminal but show letters: control characters (C0,
/// DEL, C1), bytes that are not valid UTF-8, line separators and the characters that reorder a line
/// (Unicode's bidirectional controls) become \n, \t, \xNN or \u{NNNN}. The rest is kept,
/// backslashes too: the result is for reading, not for decoding.
std::string escape_controls(std::string_view text);

}  // namespace mitm::cli
