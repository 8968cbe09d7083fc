#include "lib/render/heads.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/records.h"

using namespace mitm;
using namespace mitm::render;
using namespace mitm::test;

namespace {

template <class Head>
std::string show(const Head& head, bool color = false) {
  std::string out;
  append_head(out, head, Painter(color));
  return out;
}

}  // namespace

TEST_CASE("heads are shown line by line as they were received") {
  CHECK(show(request_head("GET", "http", "example.com", "/a", "X-odd :  v\r\n")) ==
        "> GET /a HTTP/1.1\n> Host: example.com\n> X-odd :  v\n>\n");
  CHECK(show(response_head(404, "Not Found", "A: 1\nB: 2\r\n")) ==
        "< HTTP/1.1 404 Not Found\n< A: 1\n< B: 2\n<\n");
}

TEST_CASE("header names are blue, folded lines have none") {
  CHECK(show(response_head(200, "OK", "A: 1\r\n b: 2\r\nnocolon\r\n"), true) ==
        "< HTTP/1.1 200 OK\n< \x1b[34mA\x1b[0m: 1\n<  b: 2\n"
        "< nocolon\n<\n");
}

TEST_CASE("a list of fields gets a first line") {
  flow::RequestHead request{.method = "GET", .target = "/", .version = "HTTP/2"};
  request.fields = {{":method", "GET"}, {"x", "a\nb"}};
  CHECK(show(request) == "> GET / HTTP/2\n> :method: GET\n> x: a\\nb\n>\n");
  flow::ResponseHead response{.version = "HTTP/2", .status = 204};
  response.fields = {{":status", "204"}};
  CHECK(show(response) == "< HTTP/2 204\n< :status: 204\n<\n");
}

TEST_CASE("control bytes and bare carriage returns are visible") {
  CHECK(show(response_head(200, "OK\x1b]0;x\x07", "A: b\rC: d\r\n")) ==
        "< HTTP/1.1 200 OK\\x1b]0;x\\x07\n< A: b\\x0dC: d\n<\n");
}

TEST_CASE("trailers are lines without an end of head") {
  std::string out;
  append_trailers(out, {.sender = flow::Side::kServer, .raw = "X: 1\r\nY: 2\r\n"}, Painter(false));
  append_trailers(out, {.sender = flow::Side::kClient, .fields = {{"z", "3"}}}, Painter(false));
  CHECK(out == "< X: 1\n< Y: 2\n> z: 3\n");
}
