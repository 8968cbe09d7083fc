#pragma once

#include <optional>
#include <string_view>

#include "lib/flow/facts.h"

namespace mitm::net {

/// Reads what `pfctl -s state` prints (OpenBSD, FreeBSD, macOS, each in its own way): where
/// `client` was going when pf redirected it to `listener`. Nothing when no line says that.
std::optional<flow::Endpoint> find_in_pf_states(std::string_view states,
                                                const flow::Endpoint& client,
                                                const flow::Endpoint& listener);

}  // namespace mitm::net
