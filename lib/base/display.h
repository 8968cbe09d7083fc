#pragma once

#include <string>
#include <string_view>

namespace mitm {

/// Whether a character does no more to a terminal, or to those who read there, than show itself.
/// Not so: control characters (C0, DEL, C1), those that break or reorder a line (Unicode's
/// bidirectional controls) and those that nobody sees (zero width space, word joiner and its
/// neighbours, byte order mark, interlinear annotations, tags). The joiners U+200C and U+200D are
/// let through: scripts and emoji need them.
bool is_safe_to_show(char32_t code);

/// `text` with everything that could disturb a terminal replaced by '?', cut at `limit` octets.
std::string printable(std::string_view text, std::size_t limit = 255);

}  // namespace mitm
