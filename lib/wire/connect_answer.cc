#include "lib/wire/connect_answer.h"

#include <fmt/format.h>

#include "lib/wire/oddity_log.h"

namespace mitm::wire {
namespace {

constexpr std::size_t kMaxHead = 64 * 1024;

}  // namespace

Bytes connect_request(const Authority& target, const std::optional<BasicLogin>& login) {
  const auto authority = format_authority(target, 0);
  auto head = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", authority);
  if (login) head += fmt::format("Proxy-Authorization: {}\r\n", format_basic(*login));
  return head + "\r\n";
}

std::string describe_refusal(const ResponseHead& head) {
  auto text = fmt::format("{} {}", head.status, excerpt(head.reason));
  if (head.status != 407) return text;
  for (const Field& field : head.fields) {
    if (find_field(std::span(&field, 1), "proxy-authenticate"))
      text += fmt::format(", {}", excerpt(field.value.substr(0, field.value.find(' '))));
  }
  return text;
}

ConnectAnswer::ConnectAnswer() : decoder_(Role::kResponse, {.max_head = kMaxHead}) {
  decoder_.expect({"CONNECT", false});
}

/// The first line of a body in plain text, as far as it came along with the head.
std::string ConnectAnswer::explanation(bool is_text) {
  constexpr std::size_t kLongest = 200;
  for (Event event = decoder_.next(); is_text; event = decoder_.next()) {
    if (std::holds_alternative<Oddity>(event)) continue;
    const auto* body = std::get_if<BodyData>(&event);
    if (body == nullptr) break;
    const auto line = body->data.substr(0, body->data.find_first_of("\r\n"));
    return line.empty() ? std::string() : fmt::format(": {}", excerpt(line, kLongest));
  }
  return {};
}

ConnectAnswer::Decision ConnectAnswer::feed(ByteView piece) {
  decoder_.feed(piece);
  while (true) {
    const Event event = decoder_.next();
    if (std::holds_alternative<NeedData>(event)) return TunnelNeedsMore{};
    if (const auto* failed = std::get_if<Failed>(&event))
      return TunnelRefused{fmt::format("something that is not HTTP/1: {}", failed->reason)};
    if (const auto* head = std::get_if<ResponseHead>(&event)) {
      length_ += head->wire.size();
      if (head->is_interim()) continue;
      if (head->status >= 200 && head->status < 300) return TunnelMade{length_};
      const auto type = find_field(head->fields, "content-type");
      const std::string refusal = describe_refusal(*head);
      return TunnelRefused{refusal + explanation(type && type->starts_with("text/plain"))};
    }
    if (!std::holds_alternative<Oddity>(event))
      return TunnelRefused{"something that is not HTTP/1"};
  }
}

}  // namespace mitm::wire
