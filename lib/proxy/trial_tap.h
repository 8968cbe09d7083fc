#pragma once

#include <memory>

#include "lib/proxy/journal.h"
#include "lib/proxy/pin_memory.h"
#include "lib/proxy/tap.h"

namespace mitm::proxy {

/// For TLS whose handshake with `client` just ended: some programs look at our certificate only
/// then. One that says something is trusted; one that leaves without a word, and soon, is doubted
/// and recorded as a failure. Watches for that and shows everything to `inner`. `pins` must outlive
/// it.
std::unique_ptr<Tap> make_trial_tap(std::unique_ptr<Tap> inner, ConnectionJournal journal,
                                    PinMemory& pins, TlsClient client);

}  // namespace mitm::proxy
