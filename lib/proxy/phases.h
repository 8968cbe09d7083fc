#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/proxy/farewell.h"
#include "lib/proxy/forward_role.h"
#include "lib/proxy/interception.h"
#include "lib/proxy/newcomer.h"
#include "lib/proxy/page.h"
#include "lib/proxy/session.h"
#include "lib/proxy/tap.h"
#include "lib/proxy/tunnel_answer.h"
#include "lib/proxy/whereabouts.h"

/// The phases of a session and what each is given by the one before it.
namespace mitm::proxy {

/// The first phase of a connection, whatever it arrived through.
std::unique_ptr<Phase> make_first_phase(Session& session);

/// Learns what a client of an explicit proxy wants.
std::unique_ptr<Phase> make_opening_phase(Session& session);

/// The same of one that speaks SOCKS. Requires: the client's input holds its first octet.
std::unique_ptr<Phase> make_socks_phase(Session& session);

/// Reaches `target` for a client that asked for a tunnel, and answers it.
std::unique_ptr<Phase> make_connecting_phase(Session& session, flow::Target target,
                                             TunnelKind kind);

/// The end of a connection that cannot be taken: the client is reset, and the user is told.
std::unique_ptr<Phase> make_refusing_phase(Session& session, flow::FlowError error,
                                           std::string hint);

/// Requests for the one server of a reverse entrance, with TLS if the client wants it.
std::unique_ptr<Phase> make_gateway_phase(Session& session);

/// TLS with the client alone, then the phase that `next` makes. A server that is there waits.
/// `unreachable`: why there is none though it was asked for, which is then the cause of whatever
/// fails. Requires: the client's input holds its ClientHello, and nothing waits in its output.
std::unique_ptr<Phase> make_welcoming_phase(
    Session& session, const Whereabouts& where, OpenTls decision,
    std::optional<flow::FlowError> unreachable,
    std::function<std::unique_ptr<Phase>(const TlsClient& client)> next);

/// TLS with the server alone, asked for by `name`, then the phase that `next` makes. What the
/// client has sent waits. `next` is told what went wrong, if anything did; where it makes no phase,
/// the connection ends. Requires: no server.
std::unique_ptr<Phase> make_securing_phase(
    Session& session, flow::Target target, std::string name,
    std::function<std::unique_ptr<Phase>(const std::optional<flow::FlowError>& error)> next);

/// Without TLS so far: who speaks first, and what? Where there is no server yet, the client.
std::unique_ptr<Phase> make_sniffing_phase(Session& session, Whereabouts where);

/// TLS with the server, then with the client. Requires: the client's input holds its ClientHello.
/// `client`: who is to be remembered if it does not accept our certificate.
std::unique_ptr<Phase> make_intercepting_phase(Session& session, Whereabouts where,
                                               OpenTls decision, TlsClient client);

/// How long a client may be silent before its server is reached, which may speak first.
inline constexpr std::chrono::milliseconds kSilence{300};

/// TLS with the client first, from what its ClientHello says, and the server once the client has
/// something for it. Requires: no server; the client's input holds its ClientHello.
std::unique_ptr<Phase> make_lazy_phase(Session& session, Whereabouts where, OpenTls decision,
                                       TlsClient client);

/// Reaches a server, a former one is left, and goes on in the phase that `next` makes. What the
/// client has sent waits. When the server cannot be reached the connection ends.
std::unique_ptr<Phase> make_reaching_phase(Session& session, flow::Target target, flow::Kind kind,
                                           std::function<std::unique_ptr<Phase>()> next);

/// Bytes from each side to the other until both have ended.
std::unique_ptr<Phase> make_relaying_phase(Session& session, std::unique_ptr<Tap> tap);

/// The client's TLS works, the server's does not: the first request is answered with the reason.
std::unique_ptr<Phase> make_apologizing_phase(Session& session, TapTarget target, Page page,
                                              flow::FlowError error);

/// Plain requests in absolute-form, each to its server, or those of a gateway, whose server may be
/// there already.
std::unique_ptr<Phase> make_forwarding_phase(Session& session,
                                             std::optional<Gateway> gateway = std::nullopt,
                                             std::optional<Newcomer> newcomer = std::nullopt);

/// Last words to the client (what is on its way to it, then `reply`), then the end, of the kind
/// that `ending` says.
std::unique_ptr<Phase> make_replying_phase(Session& session, Bytes reply,
                                           std::optional<flow::FlowError> error,
                                           Farewell::Ending ending = Farewell::Ending::kClean);

}  // namespace mitm::proxy
