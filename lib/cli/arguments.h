#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/cli/flag.h"

namespace mitm::cli {

/// `words` (no `--` among them) with every option spelled out: `-vvr-` becomes `--verbose --verbose
/// --read -`, `--read=x` becomes `--read x`; positionals stay where they are. A word that follows a
/// flag with a value is that value, whatever it looks like. Fails with kUsage for an unknown
/// option, a missing value, and a switch that was given one.
Result<std::vector<std::string>> spell_out(const std::vector<Flag>& flags,
                                           std::span<const std::string> words);

/// The index of the first word that is neither an option nor the value of one; the number of words
/// when there is none. Unknown options are skipped.
std::size_t first_positional(const std::vector<Flag>& flags, std::span<const std::string> words);

}  // namespace mitm::cli
