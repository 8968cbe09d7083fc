#pragma once

#include <memory>

#include "lib/proxy/journal.h"
#include "lib/proxy/pin_memory.h"
#include "lib/proxy/tap.h"

namespace mitm::proxy {

/// Shows everything to `inner` and keeps a Trial of `client` meanwhile, whose failure it records.
/// `pins` must outlive it.
std::unique_ptr<Tap> make_trial_tap(std::unique_ptr<Tap> inner, ConnectionJournal journal,
                                    PinMemory& pins, TlsClient client);

}  // namespace mitm::proxy
