#include "lib/replay/destination.h"

#include <fmt/format.h>

#include <utility>

#include "lib/wire/target.h"

namespace mitm::replay {

Result<Destination> parse_destination(ByteView url) {
  auto parsed = wire::parse_absolute_form(url);
  if (!parsed) {
    return fail(Code::kUsage, fmt::format("'{}': {}", url, parsed.error().message),
                "write http://HOST[:PORT] or https://HOST[:PORT]");
  }
  if (parsed->has_userinfo) {
    return fail(Code::kUsage, fmt::format("'{}': user and password are not supported", url));
  }
  if (parsed->path_and_query != "/") {
    return fail(Code::kUsage, fmt::format("'{}': a path is not allowed", url),
                "each request keeps its recorded path");
  }
  return Destination{parsed->scheme == "https",
                     {std::move(parsed->authority.host), parsed->authority.port}};
}

std::string scheme_of(const Destination& destination) { return destination.tls ? "https" : "http"; }

std::string authority_of(const Destination& destination) {
  const auto& [host, port] = destination.target;
  return wire::format_authority({host, port}, wire::default_port(scheme_of(destination)));
}

}  // namespace mitm::replay
