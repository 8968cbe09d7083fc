#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.h"
#include "lib/flow/facts.h"
#include "lib/net/resolver.h"

namespace mitm::proxy {

/// Other addresses, and other servers, than those that clients ask for, spelt as for curl.
class Detours {
 public:
  /// --resolve: "HOST:PORT:ADDRESS[,ADDRESS]...", where HOST may be '*'. A '+' before it changes
  /// nothing here; "-HOST:PORT" takes back what was given before. Both fail with kUsage.
  Status add_resolve(std::string_view text);
  /// --connect-to: "HOST1:PORT1:HOST2[:PORT2]". Empty in the first pair: any; in the second: the
  /// same.
  Status add_connect_to(std::string_view text);

  /// The server to connect to instead, or the same. The first one given that fits decides.
  [[nodiscard]] flow::Target target_for(const flow::Target& target) const;
  /// Empty: as the system's resolver says. What was given last wins, '*' comes after names.
  [[nodiscard]] net::Addresses addresses_of(const flow::Target& target) const;

 private:
  Status remove_resolve(std::string_view text);

  struct Known {
    std::string host;
    std::uint16_t port;
    net::Addresses addresses;
  };
  struct Other {
    std::string host;
    std::optional<std::uint16_t> port;
    std::string to_host;
    std::optional<std::uint16_t> to_port;
  };

  std::vector<Known> known_;
  std::vector<Other> others_;
};

}  // namespace mitm::proxy
