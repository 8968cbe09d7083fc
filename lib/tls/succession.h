#pragma once

#include "lib/base/error.h"
#include "lib/base/time.h"
#include "lib/tls/ca.h"
#include "lib/tls/ca_store.h"

/// What a CA that replaces another one is made with.
namespace mitm::tls {

/// What `old` was made with, as far as its certificates tell, for one that does not end before it;
/// what it may sign aside. kUnsupported when that cannot be told.
Result<CaOptions> successor_options(const CaCertificate& old, Time now);

/// Nothing that `old` may not sign may its successor: `options` get its name constraints.
/// kUnsupported with a hint when its certificates have different ones.
Status inherit_constraints(const CaCertificate& old, CaOptions& options);

}  // namespace mitm::tls
