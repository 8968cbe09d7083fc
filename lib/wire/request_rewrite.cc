#include "lib/wire/request_rewrite.h"

#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <utility>

#include "lib/wire/char_class.h"
#include "lib/wire/http1_start_line.h"

namespace mitm::wire {
namespace {

/// RFC 9110, section 11.7; Proxy-Connection is no standard, but curl sends it.
bool is_for_the_proxy(ByteView name) {
  return same_word(name, "Proxy-Connection") || same_word(name, "Proxy-Authorization");
}

const char* end_of(ByteView text) { return text.data() + text.size(); }

ByteView received_line(ByteView lines, std::span<const Field> fields, std::size_t i) {
  const char* const begin = i == 0 ? lines.data() : fields[i].name.data();
  const char* const end = i + 1 < fields.size() ? fields[i + 1].name.data() : end_of(lines);
  return {begin, end};
}

Bytes start_line(const RequestHead& head, const RequestRewrite& rewrite) {
  const ByteView target = rewrite.target ? *rewrite.target : head.target;
  if (rewrite.lines == RequestRewrite::Lines::kAnew) {
    return fmt::format("{} {} {}\r\n", head.method, target, head.version);
  }
  const ByteView before(head.raw.data(), head.target.data());
  const ByteView after(end_of(head.target), field_section(head.raw).data());
  return Bytes(before).append(target).append(after);
}

}  // namespace

std::string origin_form(ByteView method, const AbsoluteTarget& target) {
  const bool whole = method == "OPTIONS" && !target.has_path && target.path_and_query == "/";
  return whole ? "*" : target.path_and_query;
}

Bytes rewrite_request(const RequestHead& head, const RequestRewrite& rewrite) {
  const bool anew = rewrite.lines == RequestRewrite::Lines::kAnew;
  const ByteView section = field_section(head.raw);
  const ByteView blank = section.ends_with("\r\n") ? "\r\n" : "\n";
  const ByteView lines = section.substr(0, section.size() - blank.size());
  Bytes out = start_line(head, rewrite);
  bool host_written = rewrite.host.empty();
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    const auto& [name, value] = head.fields[i];
    if (is_for_the_proxy(name)) continue;
    if (!rewrite.host.empty() && same_word(name, "Host")) {
      if (!std::exchange(host_written, true)) out += fmt::format("{}: {}\r\n", name, rewrite.host);
    } else if (anew) {
      out.append(name.data(), end_of(value)).append("\r\n");
    } else {
      out.append(received_line(lines, head.fields, i));
    }
  }
  const bool host_needed = rewrite.target || !is_http10(head.version);
  if (!host_written && host_needed) out += fmt::format("Host: {}\r\n", rewrite.host);
  if (!rewrite.login.empty()) out += fmt::format("Proxy-Authorization: {}\r\n", rewrite.login);
  return out.append(anew ? "\r\n" : blank);
}

}  // namespace mitm::wire
