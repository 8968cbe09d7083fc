#include "lib/proxy/forward_role.h"

#include "lib/proxy/proxy_login.h"
#include "lib/wire/target.h"

namespace mitm::proxy {

std::optional<std::string> Gateway::tls_name() const {
  if (!route.uses_tls()) return std::nullopt;
  return keep_host && !client_name.empty() ? client_name : route.target.host;
}

std::string ForwardRole::scheme() const {
  return gateway_ && gateway_->route.uses_tls() ? "https" : "http";
}

std::string ForwardRole::authority() const {
  if (!gateway_) return {};
  const auto& [host, port] = gateway_->route.target;
  return wire::format_authority({host, port}, wire::default_port(scheme()));
}

RecordingOptions ForwardRole::recording() const {
  RecordingOptions options = settings_.recording;
  options.hide_proxy_login = true;
  options.host_is_the_route = gateway_ && !gateway_->keep_host;
  return options;
}

bool ForwardRole::may_ask(const wire::RequestHead& head) const {
  return gateway_ || is_authorized(settings_.credentials, head.fields);
}

Result<ForwardPlan> ForwardRole::plan(const wire::RequestHead& head) const {
  return gateway_ ? plan_gateway(head, gateway_->route, gateway_->keep_host, settings_.routes)
                  : plan_forward(head, settings_.routes);
}

std::optional<std::string> ForwardRole::tls_name() const {
  return gateway_ ? gateway_->tls_name() : std::nullopt;
}

std::optional<flow::Target> ForwardRole::server() const {
  return gateway_ ? std::optional(gateway_->route.target) : std::nullopt;
}

Purpose ForwardRole::purpose(const ForwardPlan& plan) const {
  if (tls_name()) return Purpose::kTunnel;
  return plan.via ? Purpose::kRequests : Purpose::kTunnelledRequests;
}

}  // namespace mitm::proxy
