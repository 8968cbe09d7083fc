#include "lib/wire/http1_start_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/wire/char_class.h"
#include "lib/wire/target.h"

namespace mitm::wire {
namespace {

constexpr ByteView kProtocolName = "HTTP/";
constexpr std::size_t kMaxMethod = 64;

Status check_version(ByteView version, OddityLog& log) {
  if (version == "HTTP/1.1" || version == "HTTP/1.0") return {};
  log.add(OddityId::kBadVersion, version);
  const bool later =
      version.size() == 8 && version.starts_with("HTTP/1.") && is_digit(version.back());
  if (later) return {};
  return fail(Code::kProtocol, fmt::format("not a version of HTTP/1: {}", excerpt(version)));
}

void check_method(ByteView method, OddityLog& log) {
  if (std::ranges::any_of(method, [](char c) { return c >= 'a' && c <= 'z'; })) {
    log.add(OddityId::kLowerCaseMethod, method);
    if (same_word(method, "CONNECT") || same_word(method, "HEAD")) {
      log.add(OddityId::kAmbiguousMethod, method);
    }
  }
}

bool has_allowed_form(ByteView method, ByteView target) {
  if (target.find('#') != ByteView::npos) return false;
  if (method == "CONNECT") return parse_authority(target, 0).has_value();
  if (target.front() == '/') return true;
  if (target == "*") return method == "OPTIONS";
  const auto absolute = parse_absolute_form(target);
  return absolute || absolute.error().code == Code::kUnsupported;
}

void check_target(const RequestLine& line, OddityLog& log) {
  const std::uint8_t bits = bits_of(line.target);
  if ((bits & kSpaceChar) != 0) log.add(OddityId::kSpaceInTarget, line.target);
  if ((bits & (kControlChar | kNulChar | kCrChar)) != 0)
    log.add(OddityId::kControlInTarget, line.target);
  if ((bits & kHighChar) != 0) log.add(OddityId::kNonAsciiTarget, line.target);
  if (!has_allowed_form(line.method, line.target)) log.add(OddityId::kBadTarget, line.target);
}

}  // namespace

bool can_begin_message(Role role, ByteView beginning) {
  beginning = beginning.substr(0, beginning.find('\r'));
  if (role == Role::kResponse) {
    return beginning.substr(0, kProtocolName.size()) == kProtocolName.substr(0, beginning.size());
  }
  const ByteView method = beginning.substr(0, std::min(beginning.find(' '), kMaxMethod + 1));
  return method.size() <= kMaxMethod && (is_token(method) || beginning.empty());
}

Result<RequestLine> parse_request_line(ByteView line, OddityLog& log) {
  if (!can_begin_message(Role::kRequest, line)) {
    return fail(Code::kProtocol, "not an HTTP/1 message");
  }
  RequestLine parsed;
  ByteView rest = line;
  parsed.method = cut_item(rest, ' ');
  ByteView trimmed = trim(rest);
  if (trimmed.size() != rest.size()) log.add(OddityId::kRequestLineSpace, line);
  const std::size_t gap = trimmed.find_last_of(" \t");
  if (gap == ByteView::npos) {
    log.add(OddityId::kBadVersion, line);
    return fail(Code::kProtocol, "a request line without a target or a version");
  }
  parsed.version = trimmed.substr(gap + 1);
  parsed.target = trim(trimmed.substr(0, gap));
  if (parsed.target.size() != gap || trimmed[gap] == '\t')
    log.add(OddityId::kRequestLineSpace, line);
  MITM_TRY(check_version(parsed.version, log));
  check_method(parsed.method, log);
  check_target(parsed, log);
  return parsed;
}

Result<StatusLine> parse_status_line(ByteView line, OddityLog& log) {
  if (!can_begin_message(Role::kResponse, line) || line.size() < kProtocolName.size()) {
    return fail(Code::kProtocol, "not an HTTP/1 message");
  }
  StatusLine parsed;
  ByteView rest = line;
  parsed.version = cut_item(rest, ' ');
  MITM_TRY(check_version(parsed.version, log));
  const ByteView trimmed = rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
  if (trimmed.size() != rest.size()) log.add(OddityId::kUnusualStatusLine, line);
  ByteView reason = trimmed;
  const ByteView digits = cut_item(reason, ' ');
  if (digits.size() != 3 || !std::ranges::all_of(digits, is_digit) || digits.front() == '0') {
    return fail(Code::kProtocol, fmt::format("not a status code: {}", excerpt(digits, 32)));
  }
  if (trimmed.size() == digits.size()) log.add(OddityId::kShortStatusLine, line);
  for (const char c : digits)
    parsed.status = static_cast<std::uint16_t>(parsed.status * 10 + (c - '0'));
  parsed.reason = reason;
  const std::uint8_t bits = bits_of(reason);
  if ((bits & (kControlChar | kNulChar)) != 0) log.add(OddityId::kControlInValue, reason);
  if ((bits & kHighChar) != 0) log.add(OddityId::kObsText, reason);
  return parsed;
}

}  // namespace mitm::wire
