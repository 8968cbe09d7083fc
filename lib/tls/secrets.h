#pragma once

#include "lib/tls/handles.h"

namespace mitm::tls {

/// From now on the secrets of `context`'s connections, all of a leg, go where their LegState says.
void watch_secrets(ssl_ctx_st* context);

}  // namespace mitm::tls
