#pragma once

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "lib/base/c_ptr.h"

namespace mitm::net {

using EventBasePtr = CPtr<event_base, event_base_free>;
using EventPtr = CPtr<event, event_free>;
using EvbufferPtr = CPtr<evbuffer, evbuffer_free>;
using ListenerPtr = CPtr<evconnlistener, evconnlistener_free>;

}  // namespace mitm::net
