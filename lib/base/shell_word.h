#pragma once

#include <string>
#include <string_view>

namespace mitm {

/// `text` as one word of a POSIX shell's command line: quoted where it has to be.
std::string shell_word(std::string_view text);

}  // namespace mitm
