#include "lib/render/heads.h"

#include <fmt/format.h>

#include <string_view>

#include "lib/render/fields.h"
#include "lib/render/sanitize.h"

namespace mitm::render {
namespace {

void append_field_line(std::string& out, std::string_view prefix, ByteView name, ByteView rest,
                       Painter painter) {
  out += prefix;
  const Ink ink = name.empty() ? Ink::kPlain : Ink::kBlue;
  out += painter.begin(ink);
  append_sanitized(out, name);
  out += painter.end(ink);
  append_sanitized(out, rest);
  out += '\n';
}

/// The lines of an HTTP/1 head exactly, but for their ends.
void append_raw_lines(std::string& out, std::string_view prefix, ByteView raw, bool has_start_line,
                      Painter painter) {
  while (!raw.empty()) {
    const std::size_t end = raw.find('\n');
    ByteView line = raw.substr(0, end);
    raw.remove_prefix(end == ByteView::npos ? raw.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const bool has_name = !has_start_line && line.front() != ' ' && line.front() != '\t';
    const std::size_t colon = has_name ? line.find(':') : ByteView::npos;
    const std::size_t name = colon == ByteView::npos ? 0 : colon;
    has_start_line = false;
    append_field_line(out, prefix, line.substr(0, name), line.substr(name), painter);
  }
}

void append_fields(std::string& out, std::string_view prefix,
                   const std::vector<flow::HeaderField>& fields, Painter painter) {
  for (const flow::HeaderField& field : fields) {
    append_field_line(out, prefix, field.name, ": " + field.value, painter);
  }
}

}  // namespace

std::string_view prefix(flow::Side sender) { return sender == flow::Side::kClient ? "> " : "< "; }

void append_head(std::string& out, const flow::RequestHead& head, Painter painter) {
  const std::string_view before = prefix(flow::Side::kClient);
  if (!head.raw.empty()) {
    append_raw_lines(out, before, head.raw, true, painter);
  } else {
    out += before;
    append_sanitized(out, fmt::format("{} {} {}", head.method, head.target, head.version));
    out += '\n';
    append_fields(out, before, head.fields, painter);
  }
  out += ">\n";
}

void append_head(std::string& out, const flow::ResponseHead& head, Painter painter) {
  const std::string_view before = prefix(flow::Side::kServer);
  if (!head.raw.empty()) {
    append_raw_lines(out, before, head.raw, true, painter);
  } else {
    out += before;
    append_sanitized(out, fmt::format("{} {}", head.version, head.status));
    out += '\n';
    append_fields(out, before, head.fields, painter);
  }
  out += "<\n";
}

void append_trailers(std::string& out, const flow::Trailers& trailers, Painter painter) {
  const std::string_view before = prefix(trailers.sender);
  append_raw_lines(out, before, trailers.raw, false, painter);
  append_fields(out, before, trailers.fields, painter);
}

}  // namespace mitm::render
