#include <fmt/format.h>

#include "lib/proxy/phases.h"

namespace mitm::proxy {
namespace {

/// To where somebody else has decided that the connection goes: its server is reached first, since
/// it may be the one who speaks first.
std::unique_ptr<Phase> make_led_phase(Session& session, const flow::Target& target) {
  const Whereabouts where{.sni = {}, .host = target.host, .address = {}, .port = target.port};
  if (session.environment().settings.connect_lazily) return make_sniffing_phase(session, where);
  return make_reaching_phase(session, target, flow::Kind::kTcp,
                             [&session, where] { return make_sniffing_phase(session, where); });
}

std::unique_ptr<Phase> make_transparent_phase(Session& session) {
  const auto& destination = *session.arrival().destination;
  if (!destination) {
    return make_refusing_phase(session, {"no-destination", destination.error().message},
                               destination.error().hint);
  }
  return make_led_phase(session, {destination->address, destination->port});
}

std::unique_ptr<Phase> make_reverse_phase(Session& session) {
  const ReverseRoute& route = *session.arrival().entrance.route;
  switch (route.scheme) {
    case ReverseRoute::Scheme::kHttp:
    case ReverseRoute::Scheme::kHttps:
      return make_gateway_phase(session);
    case ReverseRoute::Scheme::kTls:
      return make_sniffing_phase(
          session, {.sni = {},
                    .host = route.target.host,
                    .address = {},
                    .port = route.target.port,
                    .ask = session.environment().settings.keep_host ? "" : route.target.host});
    case ReverseRoute::Scheme::kTcp:
      break;
  }
  return make_reaching_phase(session, route.target, flow::Kind::kTcp, [&session] {
    return make_relaying_phase(
        session, make_raw_tap(session.journal(), session.environment().settings.recording));
  });
}

/// Rules of the system have led a connection of ours back.
bool is_our_own(const Session& session) {
  const Arrival& arrival = session.arrival();
  return arrival.destination && *arrival.destination &&
         session.environment().own_sockets.is_ours(arrival.from, **arrival.destination);
}

}  // namespace

std::unique_ptr<Phase> make_first_phase(Session& session) {
  const Arrival& arrival = session.arrival();
  if (arrival.entrance.mode == flow::Mode::kExplicit) return make_opening_phase(session);
  if (is_our_own(session)) {
    return make_refusing_phase(
        session,
        {"loop", fmt::format("the system's rules lead mitm-record's own connections back to {}",
                             to_string(arrival.entrance.listener))},
        "let them pass: start with --mark 1, or with --user NAME, and with rules that leave that "
        "mark "
        "or user alone; mitm-record --print-rules prints them for either");
  }
  return arrival.entrance.mode == flow::Mode::kTransparent ? make_transparent_phase(session)
                                                           : make_reverse_phase(session);
}

}  // namespace mitm::proxy
