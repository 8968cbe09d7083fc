#pragma once

#include <memory>
#include <string>

#include "lib/net/original_destination.h"

namespace mitm::net {

/// pf, of OpenBSD, FreeBSD and macOS: asks /dev/pf where the system's headers say how
/// (DIOCNATLOOK), else reads what pfctl prints. Fails when neither may be used.
Result<std::shared_ptr<const OriginalDestinations>> open_pf_destinations();

/// The second way. `pfctl` is the program; each connection runs it once and waits for it.
std::shared_ptr<const OriginalDestinations> make_pfctl_destinations(std::string pfctl);

}  // namespace mitm::net
