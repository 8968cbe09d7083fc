#include "lib/proxy/tls_legs.h"

#include <fmt/format.h>

#include <utility>

#include "lib/proxy/failure_hint.h"
#include "lib/proxy/phases.h"
#include "lib/proxy/trial_tap.h"
#include "lib/tls/alert.h"
#include "lib/tls/session_facts.h"
#include "lib/tls/verify.h"

namespace mitm::proxy {

Status TlsLegs::begin_server(std::vector<std::string> alpn) {
  auto& environment = session_.environment();
  const TlsPolicy& policy = environment.settings.tls;
  const Whereabouts where = where_.towards_server();
  const tls::ServerHandshake handshake{
      .sni = where.sni,
      .alpn = std::move(alpn),
      .verify_name = where.sni.empty() ? where.host : where.sni,
      .insecure = matches_any(policy.insecure, where.as_connected()),
      // The server is verified for one name, and would get what is meant for the other.
      .identity =
          where.is_contradictory() ? nullptr : policy.towards_servers.find(where.as_connected()),
      .target = target()};
  // To an upstream proxy there may be TLS already, which this goes through.
  auto [fd, below, unread] = session_.server()->detach();
  auto ssl = below ? environment.server_leg.start(std::move(below), handshake)
                   : environment.server_leg.start(fd.get(), handshake);
  if (!ssl) return std::unexpected(std::move(ssl).error());
  began_ = std::chrono::steady_clock::now();
  session_.replace_server(net::make_tls_stream(environment.loop, std::move(fd), *std::move(ssl),
                                               net::TlsRole::kConnecting, phase_));
  return {};
}

Status TlsLegs::begin_client(const tls::Leaf& leaf, std::string alpn) {
  auto& environment = session_.environment();
  auto [fd, none, already_read] = session_.client().detach();
  auto ssl = environment.client_leg.start(fd.get(), std::move(already_read), leaf, std::move(alpn));
  if (!ssl) return std::unexpected(std::move(ssl).error());
  began_ = std::chrono::steady_clock::now();
  session_.set_client(net::make_tls_stream(environment.loop, std::move(fd), *std::move(ssl),
                                           net::TlsRole::kAccepting, phase_));
  return {};
}

flow::TlsFacts TlsLegs::finish_server() {
  auto facts = tls::session_facts(session_.server()->ssl(), flow::Side::kServer);
  facts.handshake = std::chrono::steady_clock::now() - began_;
  session_.journal().write(0, flow::TlsEstablished{flow::Side::kServer, facts});
  return facts;
}

flow::TlsFacts TlsLegs::finish_client() {
  auto facts = tls::session_facts(session_.client().ssl(), flow::Side::kClient);
  facts.handshake = std::chrono::steady_clock::now() - began_;
  session_.journal().write(0, flow::TlsEstablished{flow::Side::kClient, facts});
  return facts;
}

std::shared_ptr<const flow::CertificateChain> TlsLegs::server_chain() const {
  const net::Stream* server = session_.server();
  if (server == nullptr || server->ssl() == nullptr) return nullptr;
  return tls::session_facts(server->ssl(), flow::Side::kServer).chain;
}

Result<std::shared_ptr<const tls::Leaf>> TlsLegs::leaf_for(
    std::shared_ptr<const flow::CertificateChain> original) const {
  auto& environment = session_.environment();
  if (auto own = own_identity()) return own;
  const auto key = decision_.hello.offers_ecdsa ? tls::KeyType::kEc : tls::KeyType::kRsa;
  return environment.leaves.get({name(), std::move(original), key, names_besides()});
}

/// A client that names no server may know it by our address.
std::shared_ptr<const tls::Leaf> TlsLegs::own_identity() const {
  const Identities& identities = session_.environment().settings.tls.towards_clients;
  if (auto own = identities.find(where_)) return own;
  if (!is_reverse() || !where_.sni.empty()) return nullptr;
  const auto& [address, port] = session_.arrival().at;
  return identities.find({.sni = {}, .host = address, .address = {}, .port = port});
}

/// By which clients may know a server that we stand in for.
std::vector<std::string> TlsLegs::names_besides() const {
  if (!is_reverse()) return {};
  return {where_.host, session_.arrival().at.address};
}

std::optional<flow::Anomaly> TlsLegs::reason_to_pass(const net::Stream& server,
                                                     std::optional<int> alert) const {
  constexpr int kNoApplicationProtocol = 120;  // RFC 7301, section 3.2
  if (alert == kNoApplicationProtocol)
    return flow::Anomaly{flow::Side::kServer, std::string(kNoCommonProtocol), "ALPN"};
  const bool decided =
      session_.environment().settings.tls.towards_servers.decides(where_.as_connected());
  if (!decided && tls::lacks_identity(server.ssl()))
    return flow::Anomaly{flow::Side::kServer, "client-certificate-wanted", {}};
  return std::nullopt;
}

std::optional<flow::FlowError> TlsLegs::objection_to_server() const {
  const auto outcome = tls::verify_outcome(session_.server()->ssl());
  if (outcome.accepted) return std::nullopt;
  return flow::FlowError{"tls-verify", outcome.reason};
}

flow::FlowError TlsLegs::server_failure(const net::Stream& server, std::string_view reason) {
  if (tls::withheld_identity(server.ssl()))
    return {"tls-verify", tls::verify_outcome(server.ssl()).reason};
  return {"tls-server", fmt::format("TLS handshake with the server: {}", reason)};
}

void TlsLegs::note_client_failure(const net::StreamError& error) const {
  PinMemory& pins = session_.environment().pins;
  if (error.alert && tls::refuses_certificate(*error.alert))
    pins.note(client_, PinMemory::Sign::kRefusal);
  if (!error.alert && error.error.code == Code::kPeer) pins.note(client_, PinMemory::Sign::kDoubt);
}

std::unique_ptr<Phase> TlsLegs::relay() const {
  return make_relaying_phase(
      session_, make_trial_tap(
                    make_sniffing_tap(session_.journal(), session_.environment().settings.recording,
                                      tap_target("https", target())),
                    session_.journal(), session_.environment().pins, client_));
}

std::unique_ptr<Phase> TlsLegs::apologize(const flow::FlowError& error) const {
  Page page{.message = fmt::format("{}: {}", to_string(target()), error.message),
            .hint = failure_hint(error)};
  return make_apologizing_phase(session_, tap_target("https", target()), std::move(page), error);
}

}  // namespace mitm::proxy
