#pragma once

#include "lib/flow/record.h"

namespace mitm::flow {

/// What is left of an event for the line that is printed of its flow: no octets and fields of
/// heads, no more of TLS than names and durations. Other events are given back as they are.
RequestHead abridged(const RequestHead& head);
ResponseHead abridged(const ResponseHead& head);
ClientHelloSeen abridged(const ClientHelloSeen& hello);
TlsEstablished abridged(const TlsEstablished& tls);
Trailers abridged(const Trailers& trailers);
Anomaly abridged(const Anomaly& anomaly);
template <class Event>
const Event& abridged(const Event& event) {
  return event;
}

}  // namespace mitm::flow
