#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lib/flow/flow.h"

/// What filters ask of flows: the texts and numbers behind the words. Pure.
namespace mitm::filter {

/// Whose message.
enum class Of : std::uint8_t { kEither, kRequest, kResponse };

using Visit = std::function<void(std::string_view)>;

bool is_http(const flow::Flow& flow);  ///< also WebSocket, which began as that
bool uses_tls(const flow::Flow& flow);

/// "https://example.com/a?b"; nothing for what is not HTTP.
std::optional<std::string> url_of(const flow::Flow& flow);
/// The part of the request-target before '?', without scheme and authority.
std::optional<std::string_view> path_of(const flow::Flow& flow);
/// The part after '?'.
std::optional<std::string_view> query_of(const flow::Flow& flow);

/// Names and numeric addresses of the server: as the client asked for it, in a URL or ClientHello,
/// and what we were connected to.
void visit_server_hosts(const flow::Flow& flow, const Visit& visit);
/// The host connected to and that of the Host or :authority field.
void visit_http_hosts(const flow::Flow& flow, const Visit& visit);
std::optional<std::uint16_t> server_port(const flow::Flow& flow);
/// "192.0.2.1:40000"; empty when unknown.
std::string client_endpoint(const flow::Flow& flow);
/// As requested, so that it may be a name.
std::string server_endpoint(const flow::Flow& flow);

/// The values of all header fields of this name, in any case; of responses also interim ones.
void visit_header(const flow::Flow& flow, Of of, std::string_view name, const Visit& visit);
/// Whole header blocks, a line "Name: value" for each field.
void visit_header_blocks(const flow::Flow& flow, Of of, const Visit& visit);

/// Octets of bodies.
std::uint64_t body_size(const flow::Flow& flow, Of of);

/// Subjects, names and fingerprints of the certificates that the server presented.
void visit_certificates(const flow::Flow& flow, const Visit& visit);

}  // namespace mitm::filter
