#include "lib/proxy/page.h"

#include <catch2/catch.hpp>

namespace mitm::proxy {
namespace {

Bytes body_of(const Bytes& response) { return response.substr(response.find("\r\n\r\n") + 4); }

TEST_CASE("a page is a whole response that ends the connection") {
  const auto response =
      render_page({.message = "no such host", .hint = "look again"}, PageForm::kText);
  CHECK(response.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK(response.find("Connection: close\r\n") != Bytes::npos);
  CHECK(response.find("Content-Length: " + std::to_string(body_of(response).size()) + "\r\n") !=
        Bytes::npos);
  CHECK(body_of(response) == "mitm-record: no such host\nhint: look again\n");
}

TEST_CASE("a page without a hint shows none") {
  CHECK(body_of(render_page({.message = "m"}, PageForm::kText)) == "mitm-record: m\n");
  CHECK(render_page({.message = "m"}, PageForm::kHtml).find("Hint") == Bytes::npos);
}

TEST_CASE("HTML is escaped, and control octets are spelled out in every form") {
  const Page page{.message = "<script>\"&\r\n\x1b[0m\x7f", .hint = "<b>"};
  const auto html = body_of(render_page(page, PageForm::kHtml));
  CHECK(html.find("&lt;script&gt;&quot;&amp;\\x0d\\x0a\\x1b[0m\\x7f") != Bytes::npos);
  CHECK(html.find("&lt;b&gt;") != Bytes::npos);
  CHECK(html.find("<script>") == Bytes::npos);
  const auto text = body_of(render_page(page, PageForm::kText));
  CHECK(text.find('\x1b') == Bytes::npos);
  CHECK(text.find("<script>\"&\\x0d\\x0a") != Bytes::npos);
}

TEST_CASE("HEAD gets the head that its GET would get") {
  const Page page{.status = 400, .message = "m"};
  const auto head = render_page(page, PageForm::kHeadOnly);
  const auto whole = render_page(page, PageForm::kText);
  CHECK(body_of(head).empty());
  CHECK(whole.starts_with(head));
}

TEST_CASE("the form suits the request") {
  const std::vector<wire::Field> wants_html = {{"accept", "text/html,*/*"}};
  CHECK(form_for("GET", wants_html) == PageForm::kHtml);
  CHECK(form_for("HEAD", wants_html) == PageForm::kHeadOnly);
  CHECK(form_for("GET", std::vector<wire::Field>{{"Accept", "*/*"}}) == PageForm::kText);
  CHECK(form_for("GET", std::vector<wire::Field>{{"Host", "text/html"}}) == PageForm::kText);
}

}  // namespace
}  // namespace mitm::proxy
