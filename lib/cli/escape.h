#pragma once

#include <string>
#include <string_view>

namespace mitm::cli {

/// `text` as one line that does nothing to a terminal but show letters: bytes that are not valid
/// UTF-8 and characters that are not safe to show (lib/base/display.h) become \n, \t, \xNN or
/// \u{NNNN}. The rest is kept, backslashes too: the result is for reading, not for decoding.
std::string escape_controls(std::string_view text);

}  // namespace mitm::cli
