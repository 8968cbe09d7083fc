#pragma once

#include "lib/base/bytes.h"

namespace mitm::archive {

/// Whether the octets of a sample of `content` are distributed so unevenly that entropy coding
/// alone makes it a tenth smaller, as that of text, markup and machine code is and that of images,
/// video, compressed and encrypted content is not. Repetitions are not looked for. Costs a
/// microsecond. Of less than 1,024 octets nothing can be told: true.
bool is_compressible(ByteView content);

}  // namespace mitm::archive
