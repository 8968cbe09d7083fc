#include "lib/archive/capnp_values.h"

#include <algorithm>
#include <limits>

namespace mitm::archive {
namespace {

constexpr std::int64_t kRecordBound = (std::int64_t{1} << 62) - 1;

Time time_within(std::int64_t nanoseconds, std::int64_t bound) {
  return Time(Duration(std::clamp(nanoseconds, -bound, bound)));
}

}  // namespace

Time record_time(std::int64_t nanoseconds) { return time_within(nanoseconds, kRecordBound); }

Duration record_span(std::int64_t nanoseconds) {
  return Duration(std::clamp(nanoseconds, std::int64_t{0}, kRecordBound));
}

Time certificate_time(std::int64_t nanoseconds) {
  return time_within(nanoseconds, std::numeric_limits<std::int64_t>::max() - 10'000'000'000);
}

schema::ConnectionOpened::Mode mode(flow::Mode value) {
  switch (value) {
    case flow::Mode::kExplicit:
      return schema::ConnectionOpened::Mode::EXPLICIT;
    case flow::Mode::kTransparent:
      return schema::ConnectionOpened::Mode::TRANSPARENT;
    case flow::Mode::kReverse:
      break;
  }
  return schema::ConnectionOpened::Mode::REVERSE;
}

std::optional<flow::Mode> mode_of(schema::ConnectionOpened::Mode mode) {
  switch (mode) {
    case schema::ConnectionOpened::Mode::EXPLICIT:
      return flow::Mode::kExplicit;
    case schema::ConnectionOpened::Mode::TRANSPARENT:
      return flow::Mode::kTransparent;
    case schema::ConnectionOpened::Mode::REVERSE:
      return flow::Mode::kReverse;
  }
  return std::nullopt;
}

schema::FlowEnd::Kind kind(flow::Kind value) {
  switch (value) {
    case flow::Kind::kHttp:
      return schema::FlowEnd::Kind::HTTP;
    case flow::Kind::kWebSocket:
      return schema::FlowEnd::Kind::WEB_SOCKET;
    case flow::Kind::kTcp:
      return schema::FlowEnd::Kind::TCP;
    case flow::Kind::kTls:
      return schema::FlowEnd::Kind::TLS;
    case flow::Kind::kDns:
      break;
  }
  return schema::FlowEnd::Kind::DNS;
}

std::optional<flow::Kind> kind_of(schema::FlowEnd::Kind kind) {
  switch (kind) {
    case schema::FlowEnd::Kind::HTTP:
      return flow::Kind::kHttp;
    case schema::FlowEnd::Kind::WEB_SOCKET:
      return flow::Kind::kWebSocket;
    case schema::FlowEnd::Kind::TCP:
      return flow::Kind::kTcp;
    case schema::FlowEnd::Kind::TLS:
      return flow::Kind::kTls;
    case schema::FlowEnd::Kind::DNS:
      return flow::Kind::kDns;
  }
  return std::nullopt;
}

void put_endpoint(const flow::Endpoint& endpoint, schema::Endpoint::Builder out) {
  MITM_PUT(out, Address, text, endpoint.address);
  out.setPort(endpoint.port);
}

flow::Endpoint endpoint_of(schema::Endpoint::Reader in) {
  return {.address = string_of(in.getAddress()), .port = in.getPort()};
}

void put_flow_error(const flow::FlowError& error, schema::FlowError::Builder out) {
  MITM_PUT(out, Kind, text, error.kind);
  MITM_PUT(out, Message, text, error.message);
}

flow::FlowError error_of(schema::FlowError::Reader in) {
  return {.kind = string_of(in.getKind()), .message = string_of(in.getMessage())};
}

}  // namespace mitm::archive
