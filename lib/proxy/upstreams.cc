#include "lib/proxy/upstreams.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "lib/base/display.h"
#include "lib/wire/target.h"

namespace mitm::proxy {
namespace {

using Scheme = Upstream::Scheme;

constexpr std::size_t kMaxLogin = 255;  // RFC 1929

struct Known {
  std::string_view text;
  Scheme scheme;
  std::uint16_t port;
};
constexpr std::array<Known, 4> kSchemes{{{"http", Scheme::kHttp, 80},
                                         {"https", Scheme::kHttps, 443},
                                         {"socks5", Scheme::kSocks5, 1080},
                                         {"socks5h", Scheme::kSocks5, 1080}}};

std::unexpected<Error> refused(std::string_view why) {
  return fail(Code::kUsage, fmt::format("not the URL of a proxy: {}", why),
              "write http://, https:// or socks5://, then [USER:PASSWORD@]HOST[:PORT]");
}

std::optional<std::string> decode_percent(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.front() != '%') {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    unsigned octet = 0;
    const auto digits = text.substr(1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), octet, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
    out += static_cast<char>(octet);
    text.remove_prefix(3);
  }
  return out;
}

std::optional<wire::BasicLogin> parse_login(std::string_view text) {
  const auto colon = text.find(':');
  auto user = decode_percent(text.substr(0, colon));
  auto password = decode_percent(colon == text.npos ? "" : text.substr(colon + 1));
  if (!user || !password || user->size() > kMaxLogin || password->size() > kMaxLogin)
    return std::nullopt;
  return wire::BasicLogin{*std::move(user), *std::move(password)};
}

}  // namespace

std::string Upstream::name() const {
  const auto known = std::ranges::find(kSchemes, scheme, &Known::scheme);
  return fmt::format("{}://{}", known->text, to_string(address));
}

Result<Upstream> parse_upstream(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == url.npos) return refused("there is no SCHEME://");
  const auto known = std::ranges::find(kSchemes, url.substr(0, colon), &Known::text);
  if (known == kSchemes.end())
    return refused(fmt::format("{}:// is not supported", printable(url.substr(0, colon))));
  std::string_view rest = url.substr(colon + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  Upstream upstream{.scheme = known->scheme, .address = {}, .login = {}};
  if (const auto at = rest.rfind('@'); at != rest.npos) {
    upstream.login = parse_login(rest.substr(0, at));
    if (!upstream.login)
      return refused("user and password have at most 255 octets each, with % written as %25");
    if (known->scheme != Scheme::kSocks5 && upstream.login->user.contains(':'))
      return refused("a user of HTTP has no colon in it");
    rest.remove_prefix(at + 1);
  }
  auto authority = wire::parse_authority(rest, known->port);
  if (!authority) return refused(authority.error().message);
  upstream.address = {std::move(authority->host), authority->port};
  return upstream;
}

std::shared_ptr<const Upstream> Upstreams::find(const flow::Target& target, Purpose purpose) const {
  if (purpose == Purpose::kTunnelledRequests) purpose = Purpose::kRequests;
  for (const Rule& rule : rules_) {
    if (rule.purpose && *rule.purpose != purpose) continue;
    if (rule.hosts &&
        !(rule.hosts->matches_host(target.host) && rule.hosts->matches_port(target.port)))
      continue;
    return rule.via;
  }
  return nullptr;
}

}  // namespace mitm::proxy
