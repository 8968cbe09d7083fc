#pragma once

#include <string_view>

#include "lib/base/bytes.h"

namespace mitm::archive {

/// What a file that is not an archive seems to be, by its first few hundred octets: "a pcapng
/// capture"; empty when there is no telling.
std::string_view looks_like(ByteView beginning);

}  // namespace mitm::archive
