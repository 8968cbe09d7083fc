#pragma once

#include <string>
#include <string_view>

/// The options in $JAVA_TOOL_OPTIONS, which every Java virtual machine cuts into words at white
/// space. '…' and "…" keep what is between them together, and there is no way to write a quote
/// between quotes of its own kind; pieces that touch are one word, as in a shell.
namespace mitm::trust {

/// `text` as one such word, or a part of one: quoted where it has to be.
std::string java_word(std::string_view text);

/// The options by which a virtual machine trusts what is in `keystore`.
std::string java_trust_options(std::string_view keystore);

/// Whether `options` name a keystore.
bool names_keystore(std::string_view options);

/// `options` without what java_trust_options() said of keystores that are in `directory`. The rest
/// is as it was written.
std::string without_keystores_in(std::string_view directory, std::string_view options);

}  // namespace mitm::trust
