#include "lib/proxy/page.h"

#include <fmt/format.h>

namespace mitm::proxy {
namespace {

std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// A terminal may show it.
std::string escape_octets(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet >= 0x7f) {
      out += fmt::format("\\x{:02x}", octet);
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view reason_phrase(std::uint16_t status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 431:
      return "Request Header Fields Too Large";
    case 504:
      return "Gateway Timeout";
    default:
      return "Bad Gateway";
  }
}

Bytes as_text(const Page& page) {
  auto body = fmt::format("mitm-record: {}\n", escape_octets(page.message));
  if (!page.hint.empty()) body += fmt::format("hint: {}\n", escape_octets(page.hint));
  return body;
}

Bytes as_html(const Page& page) {
  auto body = fmt::format(
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{0} {1}</title></head>\n"
      "<body><h1>{0} {1}</h1>\n<p>{2}</p>\n",
      page.status, reason_phrase(page.status), escape_html(escape_octets(page.message)));
  if (!page.hint.empty())
    body += fmt::format("<p>Hint: {}</p>\n", escape_html(escape_octets(page.hint)));
  return body + "<hr><p>mitm-record</p></body></html>\n";
}

}  // namespace

Bytes render_page(const Page& page, PageForm form) {
  const Bytes body = form == PageForm::kHtml ? as_html(page) : as_text(page);
  const auto* type =
      form == PageForm::kHtml ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
  const auto* challenge =
      page.status == 407 ? "Proxy-Authenticate: Basic realm=\"mitm-record\"\r\n" : "";
  return fmt::format(
             "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: "
             "no-store\r\n{}"
             "Connection: close\r\n\r\n",
             page.status, reason_phrase(page.status), type, body.size(), challenge) +
         (form == PageForm::kHeadOnly ? Bytes() : body);
}

PageForm form_for(ByteView method, std::span<const wire::Field> fields) {
  if (method == "HEAD") return PageForm::kHeadOnly;
  const auto accept = wire::find_field(fields, "accept");
  return accept && accept->find("text/html") != ByteView::npos ? PageForm::kHtml : PageForm::kText;
}

}  // namespace mitm::proxy
