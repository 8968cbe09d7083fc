#include "lib/render/byte_display.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

using namespace mitm;
using namespace mitm::render;

namespace {

std::string show(BytesAs how, ByteView content, std::size_t step = 1000) {
  const auto display = make_display(how);
  std::string out;
  for (; !content.empty(); content.remove_prefix(std::min(step, content.size()))) {
    display->append(out, content.substr(0, step));
  }
  display->end(out);
  return out;
}

}  // namespace

TEST_CASE("text is indented and sanitized, whatever the line ends") {
  CHECK(show(BytesAs::kText, "one\r\ntwo\n\x1b[1mthree") ==
        "    one\n    two\n    \\x1b[1mthree\n");
  CHECK(show(BytesAs::kText, "a\rb\r\r\n") == "    a\\x0db\\x0d\n");
  CHECK(show(BytesAs::kText, "ends\n") == "    ends\n");
  CHECK(show(BytesAs::kText, "cut \xE2\x82") == "    cut \\xe2\\x82\n");
  CHECK(show(BytesAs::kText, "").empty());
}

TEST_CASE("the pieces in which bytes come make no difference") {
  const std::string content = "gr\xC3\xBC\xC3\x9F\r\n\xF0\x9F\x98\x80\r\n\r\nend\r\xE2\x82";
  for (const BytesAs how : {BytesAs::kText, BytesAs::kAscii, BytesAs::kHex, BytesAs::kHexAscii}) {
    const std::string whole = show(how, content);
    for (std::size_t step = 1; step < content.size(); ++step) {
      CAPTURE(step);
      CHECK(show(how, content, step) == whole);
    }
  }
}

TEST_CASE("ascii shows every octet") {
  CHECK(show(BytesAs::kAscii, "GET /\r\nx\x1b\xff\ty") == "    GET /.\n    x..\ty\n");
}

TEST_CASE("hex is what tcpdump prints") {
  CHECK(show(BytesAs::kHexAscii, "GET / HTTP/1.1\r\nHost") ==
        "\t0x0000:  4745 5420 2f20 4854 5450 2f31 2e31 0d0a  GET./.HTTP/1.1..\n"
        "\t0x0010:  486f 7374                                Host\n");
  CHECK(show(BytesAs::kHex, "abc") == "\t0x0000:  6162 63\n");
  CHECK(show(BytesAs::kHexAscii, "abc") ==
        "\t0x0000:  6162 63                                  abc\n");
}

TEST_CASE("text is told from binary by its beginning") {
  CHECK(looks_like_text("{\"a\": 1}\r\n\t", ""));
  CHECK(looks_like_text("gr\xC3\xBC\xC3", ""));
  CHECK_FALSE(looks_like_text(ByteView("\x89PNG\r\n\x1a\n", 8), "image/png"));
  CHECK_FALSE(looks_like_text(ByteView("a\0b", 3), "text/plain"));
  CHECK_FALSE(looks_like_text("gr\xFC\xDF", ""));
  CHECK(looks_like_text("gr\xFC\xDF", "text/html; charset=iso-8859-1"));
}

TEST_CASE("a stray octet among many of text does not make it binary") {
  const Bytes line = "fifteen letters";
  for (const ByteView type : {"", "text/plain"}) {
    CHECK(looks_like_text(line + '\0', type));
    CHECK_FALSE(looks_like_text(line.substr(1) + '\0', type));
  }
  CHECK(looks_like_text("\xFF" + line, ""));
  CHECK(looks_like_text(line + line + "\xE2\x82 a", ""));
  CHECK_FALSE(looks_like_text(line + "\xE2\x82 a", ""));
}
