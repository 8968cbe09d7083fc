#pragma once

#include <optional>
#include <string>

#include "lib/base/error.h"
#include "lib/proxy/entrance.h"
#include "lib/proxy/forward_plan.h"
#include "lib/proxy/http1_recording.h"
#include "lib/proxy/settings.h"
#include "lib/wire/http1.h"

namespace mitm::proxy {

/// Where requests go that all have the same server.
struct Gateway {
  ReverseRoute route;
  bool keep_host = false;
  std::string client_name;  ///< the server as the client's ClientHello named it; may be empty

  /// The name that the server is asked for in TLS; nullopt: no TLS.
  [[nodiscard]] std::optional<std::string> tls_name() const;
};

/// In what a proxy, whose requests name their servers, and a gateway differ, which stands in for
/// one server (RFC 9110, section 3.7). Never changes.
class ForwardRole {
 public:
  /// `settings` must outlive it. Without a gateway: a proxy.
  ForwardRole(const Settings& settings, std::optional<Gateway> gateway)
      : settings_(settings), gateway_(std::move(gateway)) {}

  /// Of the URLs of requests that do not say it themselves.
  [[nodiscard]] std::string scheme() const;
  [[nodiscard]] std::string authority() const;
  [[nodiscard]] RecordingOptions recording() const;

  /// Whether the client has logged in, where it must.
  [[nodiscard]] bool may_ask(const wire::RequestHead& head) const;
  /// Fails with the reason to tell the client.
  [[nodiscard]] Result<ForwardPlan> plan(const wire::RequestHead& head) const;
  /// As Gateway says; none of a proxy's.
  [[nodiscard]] std::optional<std::string> tls_name() const;
  /// The one server of a gateway.
  [[nodiscard]] std::optional<flow::Target> server() const;
  /// What the connection for `plan` is for.
  [[nodiscard]] Purpose purpose(const ForwardPlan& plan) const;

 private:
  const Settings& settings_;
  std::optional<Gateway> gateway_;
};

}  // namespace mitm::proxy
