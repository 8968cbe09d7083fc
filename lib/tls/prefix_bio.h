#pragma once

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/tls/openssl_handles.h"

namespace mitm::tls {

/// A filter BIO that serves `prefix` to readers before it reads from `next`, and passes everything
/// else through. Takes `next`; nothing is read from it while the prefix lasts.
Result<BioPtr> make_prefix_bio(Bytes prefix, BioPtr next);

}  // namespace mitm::tls
