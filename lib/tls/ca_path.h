#pragma once

#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/time.h"
#include "lib/flow/facts.h"
#include "lib/tls/handles.h"

/// The certificates of a CA, from the one that signs up to the one that clients trust, its
/// *anchor*. As a rule both are one certificate.
namespace mitm::tls {

using CaPath = std::vector<X509Ptr>;

/// The path from the certificate that belongs to `key`, as far as the issuers are among
/// `certificates`: each signed the one before it. Empty when none belongs to the key.
CaPath path_from_key(const std::vector<X509Ptr>& certificates, evp_pkey_st* key, Time now);

/// The same where the key is not at hand: from the certificate that issued none of the others, but
/// for those with its own key and those that issued it in turn. Empty only when there are no
/// certificates.
CaPath path_from_lowest(const std::vector<X509Ptr>& certificates, Time now);

/// Whether clients could follow it: every certificate is a CA's, may sign others, allows as many
/// CAs below it, and is valid at `now`. Errors begin with `name`, which is the source.
Status check_path(const CaPath& path, Time now, const std::string& name);

/// When all certificates of a path, which is not empty, are valid.
struct CaValidity {
  Time not_before;
  Time not_after;
  std::string first_to_end;  ///< the subject of what ends at not_after, when that is not the anchor
};
CaValidity validity_of(const CaPath& path);

/// What the path's certificates say alike in an extension, in DER; empty: none has it. kUnsupported
/// when two say different things.
Result<Bytes> common_extension(const CaPath& path, int nid);

}  // namespace mitm::tls
