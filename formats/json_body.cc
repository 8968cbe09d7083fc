#include "formats/json_body.h"

#include <optional>

#include "formats/json_string.h"
#include "lib/base/utf8.h"
#include "lib/render/content.h"

namespace mitm::formats {
namespace {

struct Judged {
  render::ContentEnd end;
  bool is_text = false;
};

Result<Judged> judge(const Spool& body, ByteView encoding) {
  Utf8Check check;
  SpoolSource source(body);
  const auto end = render::read_content(source, encoding, [&](ByteView piece) {
    check.feed(piece);
    return true;
  });
  if (!end) return std::unexpected(end.error());
  return Judged{*end, check.is_valid()};
}

Status write_text(JsonOut& out, const Spool& body, ByteView encoding) {
  Bytes pending;  // begins with what was incomplete at the end of the piece before
  SpoolSource source(body);
  out.key("text").begin_string();
  const auto end = render::read_content(source, encoding, [&](ByteView piece) {
    pending += piece;
    const std::size_t whole = pending.size() - incomplete_utf8_tail(pending);
    append_json_escaped(out.text(), ByteView(pending).substr(0, whole));
    pending.erase(0, whole);
    return out.flush_if_large();
  });
  out.end_string();
  return end ? Status{} : std::unexpected(end.error());
}

Status write_base64(JsonOut& out, const Spool& body, ByteView encoding) {
  Base64Encoder encoder;
  SpoolSource source(body);
  out.key("base64").begin_string();
  const auto end = render::read_content(source, encoding, [&](ByteView piece) {
    encoder.append(out.text(), piece);
    return out.flush_if_large();
  });
  encoder.finish(out.text());
  out.end_string();
  return end ? Status{} : std::unexpected(end.error());
}

}  // namespace

Status write_body_members(JsonOut& out, const Spool& body, ByteView content_encoding) {
  ByteView encoding = body.size() == 0 ? ByteView() : content_encoding;
  auto judged = judge(body, encoding);
  if (judged && judged->end.undecodable) {
    encoding = {};
    judged = judge(body, encoding);
  }
  if (!judged) return std::unexpected(std::move(judged).error());
  MITM_TRY(judged->is_text ? write_text(out, body, encoding) : write_base64(out, body, encoding));
  if (!encoding.empty()) out.key("decoded_size").large(judged->end.size);
  return {};
}

void write_bytes_member(JsonOut& out, ByteView content) {
  if (is_utf8(content)) {
    out.key("text").string(content);
    return;
  }
  Base64Encoder encoder;
  out.key("base64").begin_string();
  encoder.append(out.text(), content);
  encoder.finish(out.text());
  out.end_string();
}

}  // namespace mitm::formats
