#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/host_pattern.h"
#include "lib/flow/facts.h"
#include "lib/wire/basic_auth.h"

namespace mitm::proxy {

/// Another proxy, through which servers are reached.
struct Upstream {
  enum class Scheme : std::uint8_t { kHttp, kHttps, kSocks5 };

  Scheme scheme = Scheme::kHttp;
  flow::Target address;
  std::optional<wire::BasicLogin> login;

  /// Its URL without the login.
  [[nodiscard]] std::string name() const;
};

/// "http://", "https://" or "socks5://", "[USER:PASSWORD@]HOST[:PORT]"; percent-encoding in user
/// and password is undone. Ports are 80, 443 and 1080 unless it says another. socks5h:// is the
/// same as socks5://. Fails with kUsage, and without a password in the message.
Result<Upstream> parse_upstream(std::string_view url);

/// What a connection towards a server is for.
enum class Purpose : std::uint8_t {
  kTunnel,             ///< whatever the client has for it, or TLS
  kRequests,           ///< plain requests, which a proxy for HTTP takes as such
  kTunnelledRequests,  ///< plain requests that none may take, because it would change them
};

/// Which servers are reached through which proxy. Never changes once the workers run.
class Upstreams {
 public:
  struct Rule {
    std::optional<HostPattern> hosts = {};     ///< nullopt: all
    std::optional<Purpose> purpose = {};       ///< nullopt: both
    std::shared_ptr<const Upstream> via = {};  ///< null: directly
  };

  /// The first rule that fits decides.
  void add(Rule rule) { rules_.push_back(std::move(rule)); }
  /// nullptr: directly.
  [[nodiscard]] std::shared_ptr<const Upstream> find(const flow::Target& target,
                                                     Purpose purpose) const;

 private:
  std::vector<Rule> rules_;
};

}  // namespace mitm::proxy
