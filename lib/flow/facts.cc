#include "lib/flow/facts.h"

#include <fmt/format.h>

namespace mitm::flow {
namespace {

std::string join(const std::string& host, std::uint16_t port) {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

}  // namespace

std::string to_string(const Endpoint& endpoint) { return join(endpoint.address, endpoint.port); }

std::string to_string(const Target& target) { return join(target.host, target.port); }

}  // namespace mitm::flow
