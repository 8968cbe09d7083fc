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
      return TunnelRefused{describe_refusal(*head)};
    }
    if (!std::holds_alternative<Oddity>(event))
      return TunnelRefused{"something that is not HTTP/1"};
  }
}

}  // namespace mitm::wire
