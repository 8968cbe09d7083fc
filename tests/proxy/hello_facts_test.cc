#include "lib/proxy/hello_facts.h"

#include <catch2/catch.hpp>

#include "tests/support/shared_data.h"

namespace mitm::proxy {
namespace {

/// What others publish for the same captures: FoxIO's ja4 and nDPI's expected results.
struct Published {
  std::string_view name;
  std::string_view ja4;
  std::string_view ja3 = {};
};
constexpr Published kPublished[] = {
    {"8a46c65479628add", "t13d1516h2_8daaf6152771_e5627efa2ab1"},
    {"f0e006bff6d0770c", "t13d1516h2_8daaf6152771_9b887d9acb53"},
    {"4c7c39ddd9cee1a3", "t10d230100_6a57a6f57151_000000000000"},
    {"f48c411ec80367b2", "t13d1713h2_0633f72d41ca_845d286b0d67"},
    {"50a2655927fa43e2", "t12d220700_0d4ca5d4ec72_3304d8368043"},
    {"381825196d9e875d", "t13d1715h2_5b57614c22b0_5c2c66f702b0"},
    {"7d1bcf9d62b96119", "", "7cb93b2404a98399e9f84c74fef1fb8f"},
    {"2c733206e3c692c7", "", "64ea4359ad4b496db653a3f30f7073e6"},
};

TEST_CASE("fingerprints of real hellos are those that others publish") {
  for (const auto& [name, ja4, ja3] : kPublished) {
    const auto bytes = test::shared_data(std::string("clienthellos/") + std::string(name) + ".bin");
    if (!bytes) return;
    CAPTURE(name);
    const auto facts = hello_facts(std::get<wire::ClientHello>(wire::parse_client_hello(*bytes)));
    if (!ja4.empty()) CHECK(facts.ja4 == ja4);
    if (!ja3.empty()) CHECK(facts.ja3 == ja3);
  }
}

/// A browser that offers an encrypted hello, as its user saw it described by a server.
TEST_CASE("the facts are what the hello says") {
  wire::ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.ciphers = {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9,
                   0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
  hello.extensions = {45, 51, 16, 0xfe0d, 23, 0x44cd, 0, 11, 10, 43, 0xff01, 35, 18, 5, 13, 27};
  hello.sni = "cover.example";
  hello.alpn = {"h2", "http/1.1"};
  hello.supported_versions = {0xdada, 0x0304, 0x0303};
  hello.groups = {0x1a1a, 4588, 29, 23, 24};
  hello.point_formats = {0};
  hello.signature_algorithms = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
  hello.offers_ech = true;
  CHECK(hello_facts(hello) == flow::ClientHelloFacts{.sni = "cover.example",
                                                     .alpn = {"h2", "http/1.1"},
                                                     .ja3 = "98487aa16281980e7d1120d399efb6a4",
                                                     .ja4 = "t13d1516h2_8daaf6152771_d8a2da3f94cd",
                                                     .offers_ech = true});
}

TEST_CASE("a client that resumes a session is still the same client") {
  wire::ClientHello hello;
  hello.extensions = {0, 10, 13, 51};
  wire::ClientHello resuming = hello;
  resuming.extensions = {0, 10, 13, 21, 51, 42, 41};
  CHECK(hello_facts(hello).ja4 != hello_facts(resuming).ja4);
  CHECK(lasting_ja4(hello) == hello_facts(hello).ja4);
  CHECK(lasting_ja4(resuming) == lasting_ja4(hello));
}

}  // namespace
}  // namespace mitm::proxy
