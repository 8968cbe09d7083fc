#include "lib/proxy/failure_hint.h"

#include <fmt/format.h>

#include <string_view>

namespace mitm::proxy {
namespace {

std::string upstream_hint(std::string_view message) {
  if (message.contains(" 407 ") || message.contains("login")) {
    return "give it the right user and password: mitm-record --upstream "
           "SCHEME://USER:PASSWORD@HOST:PORT "
           "(Basic for http and https)";
  }
  if (message.contains("certificate") || message.contains("trusted") ||
      message.contains("self-signed")) {
    return "start mitm-record with --upstream-ca FILE to trust the proxy's issuer, or with "
           "--insecure-host HOST to go on anyway with this proxy";
  }
  if (message.contains("CONNECT with 40")) {
    return "many proxies make tunnels to port 443 only; start mitm-record with --no-upstream HOST "
           "to "
           "reach this server directly";
  }
  return "start mitm-record with --no-upstream HOST to reach this server directly, or with another "
         "--upstream";
}

}  // namespace

std::string failure_hint(const flow::FlowError& error) {
  const auto says = [&](std::string_view text) { return error.message.contains(text); };
  if (error.kind == "upstream") return upstream_hint(error.message);
  if (says("none of the TLS versions that we allow"))
    return "start mitm-record with --tls-min server=1.0 to reach old servers";
  if (says("did not begin to answer"))
    return "start mitm-record with --first-byte-timeout SECONDS to wait longer, or 0 for ever";
  if (says("nothing was sent for"))
    return "start mitm-record with --idle-timeout SECONDS to wait longer, or 0 for ever";
  if (error.kind == "timeout" && says("handshake"))
    return "start mitm-record with --handshake-timeout SECONDS to wait longer";
  if (error.kind == "connect-timeout")
    return "start mitm-record with --connect-timeout SECONDS to wait longer";
  if (says("Address family not supported"))
    return "start mitm-record with another --source, for this family";
  if (error.kind != "tls-verify") return {};
  const std::string_view trust =
      says("self-signed") || says("is not trusted")
          ? "with --upstream-ca FILE to trust the server's issuer (or one that it did not send), "
          : "";
  return fmt::format(
      "start mitm-record {}with --insecure-host HOST to go on anyway with this server, or with -k "
      "(--insecure) with any",
      trust);
}

}  // namespace mitm::proxy
