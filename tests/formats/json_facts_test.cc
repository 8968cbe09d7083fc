#include "formats/json_facts.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/support/memory_io.h"

using namespace mitm;
using namespace mitm::formats;

namespace {

template <class Write>
std::string text(Write write) {
  const auto result = std::make_shared<Bytes>();
  test::MemorySink sink(result);
  JsonOut out(sink);
  write(out);
  REQUIRE(out.finish());
  return *result;
}

}  // namespace

TEST_CASE("one side of TLS may be unknown") {
  flow::Flow flow;
  CHECK(text([&](JsonOut& out) { write_tls(out, flow); }) == "null\n");
  flow.client = std::make_shared<const flow::ClientSide>(flow::ClientSide{
      .tls = std::make_shared<const flow::TlsFacts>(flow::TlsFacts{.version = "TLSv1.3"})});
  CHECK(text([&](JsonOut& out) { write_tls(out, flow); }) ==
        "{\"client\":{\"version\":\"TLSv1.3\",\"cipher\":\"\",\"sni\":null,\"alpn\":null,"
        "\"resumed\":false},\"server\":null}\n");
}

TEST_CASE("the server of TLS that was not opened is the one that was named") {
  flow::Flow flow;
  flow.client = std::make_shared<const flow::ClientSide>(
      flow::ClientSide{.hello = std::make_shared<const flow::ClientHelloFacts>(
                           flow::ClientHelloFacts{.sni = "a.example"})});
  CHECK(text([&](JsonOut& out) { write_server(out, flow); }) ==
        "{\"host\":\"a.example\",\"address\":null,\"port\":null}\n");
  CHECK(text([&](JsonOut& out) { write_client(out, flow); }) == "null\n");
}

TEST_CASE("timings are milliseconds or null") {
  CHECK(text([](JsonOut& out) {
          write_timings(out, {.dns = Duration(1'234'567), .wait = Duration(0)});
        }) ==
        "{\"dns\":1.234567,\"connect\":null,\"tls\":null,\"send\":null,\"wait\":0.0,"
        "\"receive\":null}\n");
}
