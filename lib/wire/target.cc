#include "lib/wire/target.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "lib/wire/char_class.h"
#include "lib/wire/oddity_log.h"

namespace mitm::wire {
namespace {

constexpr std::size_t kMaxName = 253;

std::string lower(ByteView text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), to_lower);
  return result;
}

bool is_name(ByteView host) {
  return !host.empty() && host.size() <= kMaxName && std::ranges::all_of(host, [](char c) {
    const char folded = to_lower(c);
    return (folded >= 'a' && folded <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

bool is_ipv6(ByteView host) {
  const std::string text(host);  // inet_pton wants a terminating zero
  in6_addr address{};
  return text.find('\0') == std::string::npos && inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

std::optional<std::uint16_t> parse_port(ByteView digits) {
  if (digits.empty() || digits.size() > 5 || !std::ranges::all_of(digits, is_digit))
    return std::nullopt;
  unsigned port = 0;
  for (const char c : digits) port = port * 10 + static_cast<unsigned>(c - '0');
  if (port == 0 || port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

struct SplitAuthority {
  ByteView host;                 ///< without brackets
  std::optional<ByteView> port;  ///< what follows the colon
};

std::optional<SplitAuthority> split_authority(ByteView text) {
  SplitAuthority split;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == ByteView::npos) return std::nullopt;
    split.host = text.substr(1, close - 1);
    if (!is_ipv6(split.host)) return std::nullopt;
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != ':') return std::nullopt;
  } else {
    split.host = text.substr(0, text.find(':'));
    if (!is_name(split.host)) return std::nullopt;
    text.remove_prefix(split.host.size());
  }
  if (!text.empty()) split.port = text.substr(1);
  return split;
}

std::optional<SplitAuthority> split_unbracketed(ByteView text) {
  const std::size_t colon = text.rfind(':');
  if (colon == ByteView::npos || !is_ipv6(text.substr(0, colon))) return std::nullopt;
  return SplitAuthority{text.substr(0, colon), text.substr(colon + 1)};
}

bool is_clean_path(ByteView text) {
  constexpr std::uint8_t kRefused = kSpaceChar | kControlChar | kNulChar | kCrChar;
  return (bits_of(text) & kRefused) == 0 && text.find_first_of("\\#") == ByteView::npos;
}

}  // namespace

Result<Authority> parse_authority(ByteView text, std::uint16_t default_port) {
  auto split = default_port == 0 ? split_unbracketed(text) : std::nullopt;
  if (!split) split = split_authority(text);
  if (!split) return fail(Code::kProtocol, fmt::format("not a host: {}", excerpt(text)));
  std::optional<std::uint16_t> port = default_port;
  if (split->port) port = parse_port(*split->port);
  if (!port || *port == 0)
    return fail(Code::kProtocol, fmt::format("no valid port: {}", excerpt(text)));
  return Authority{.host = lower(split->host), .port = *port};
}

std::string format_authority(const Authority& authority, std::uint16_t default_port) {
  const auto& [host, port] = authority;
  const auto name = host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
  return port == default_port ? name : fmt::format("{}:{}", name, port);
}

bool is_host_field_valid(ByteView value) {
  if (value.empty()) return true;
  const auto split = split_authority(value);
  return split && (!split->port || parse_port(*split->port));
}

Result<AbsoluteTarget> parse_absolute_form(ByteView target) {
  const std::size_t colon = target.find("://");
  const ByteView scheme = target.substr(0, colon);
  if (colon == ByteView::npos || !is_token(scheme)) {
    return fail(Code::kProtocol, fmt::format("not an absolute URL: {}", excerpt(target)));
  }
  AbsoluteTarget parsed;
  parsed.scheme = lower(scheme);
  if (parsed.scheme != "http" && parsed.scheme != "https") {
    return fail(Code::kUnsupported, fmt::format("URL scheme not supported: {}", excerpt(scheme)));
  }
  ByteView rest = target.substr(colon + 3);
  ByteView authority = rest.substr(0, rest.find_first_of("/?#\\"));
  rest.remove_prefix(authority.size());
  if (!is_clean_path(rest)) {
    return fail(Code::kProtocol, fmt::format("not a valid path: {}", excerpt(target)));
  }
  if (const std::size_t at = authority.rfind('@'); at != ByteView::npos) {
    if (authority.find('@') != at) {
      return fail(Code::kProtocol, fmt::format("not a host: {}", excerpt(authority)));
    }
    parsed.has_userinfo = true;
    authority.remove_prefix(at + 1);
  }
  auto where = parse_authority(authority, default_port(parsed.scheme));
  if (!where) return std::unexpected(std::move(where).error());
  parsed.authority = *std::move(where);
  parsed.has_path = rest.starts_with('/');
  parsed.path_and_query = parsed.has_path ? std::string(rest) : fmt::format("/{}", rest);
  return parsed;
}

std::uint16_t default_port(ByteView scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  return 0;
}

std::string format_url(ByteView scheme, ByteView authority, ByteView target) {
  const std::size_t colon = target.find("://");
  if (colon != ByteView::npos && is_token(target.substr(0, colon))) return std::string(target);
  std::string url = fmt::format("{}://{}", scheme, authority);
  if (target.empty() || target == "*") return url;
  if (target.front() != '/') url += '/';
  return url.append(target);
}

}  // namespace mitm::wire
