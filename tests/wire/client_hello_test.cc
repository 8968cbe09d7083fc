#include "lib/wire/client_hello.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <random>

#include "tests/support/shared_data.h"

using mitm::wire::ClientHello;
using mitm::wire::Malformed;
using mitm::wire::NeedMore;
using mitm::wire::NotTls;
using mitm::wire::parse_client_hello;

namespace {

std::string u8(std::size_t value) { return {static_cast<char>(value & 0xff)}; }
std::string u16(std::size_t value) { return u8(value >> 8) + u8(value); }
std::string vec16(const std::string& content) { return u16(content.size()) + content; }
std::string extension(std::size_t type, const std::string& body) { return u16(type) + vec16(body); }

std::string record(const std::string& content, std::size_t type = 22) {
  return u8(type) + u16(0x0301) + vec16(content);
}

/// The handshake message of a hello with these extensions.
std::string message(const std::string& extensions,
                    const std::string& ciphers = u16(0x1301) + u16(0xc02b)) {
  const std::string body = u16(0x0303) + std::string(32, 'r') + u8(0) + vec16(ciphers) + u8(1) +
                           u8(0) + vec16(extensions);
  return u8(1) + u8(0) + vec16(body);
}

std::string server_name(const std::string& name) {
  return extension(0, vec16(u8(0) + vec16(name)));
}

/// The message spread over records of `size` octets.
std::string fragmented(const std::string& whole, std::size_t size) {
  std::string records;
  for (std::size_t at = 0; at < whole.size(); at += size) records += record(whole.substr(at, size));
  return records;
}

ClientHello parsed(const std::string& bytes) {
  return std::get<ClientHello>(parse_client_hello(bytes));
}

/// Three of the real ones are damaged: a cipher list of 255 octets, an ALPN list that is noise, and
/// one into whose extensions the capture's next packet was spliced.
constexpr std::array<std::string_view, 3> kDamaged = {"8e3610f80f7d596c", "a57b45dc9684d4f0",
                                                      "b18b26c67b00c0a3"};

template <class Outcome>
bool is(const std::string& bytes, std::size_t limit = mitm::wire::kMaxClientHello) {
  return std::holds_alternative<Outcome>(parse_client_hello(bytes, limit));
}

}  // namespace

TEST_CASE("every list is kept in order, with what nobody knows") {
  const std::string extensions = extension(0x0a0a, "") + server_name("Example.com") +
                                 extension(16, vec16(u8(2) + "h2" + u8(8) + "http/1.1")) +
                                 extension(10, vec16(u16(0x1a1a) + u16(29) + u16(23))) +
                                 extension(11, u8(1) + u8(0)) +
                                 extension(13, vec16(u16(0x0403) + u16(0x0804))) +
                                 extension(43, u8(4) + u16(0x0304) + u16(0x0303));
  const ClientHello hello = parsed(record(message(extensions)));
  CHECK(hello.length == record(message(extensions)).size());
  CHECK(hello.record_version == 0x0301);
  CHECK(hello.legacy_version == 0x0303);
  CHECK(hello.ciphers == std::vector<std::uint16_t>{0x1301, 0xc02b});
  CHECK(hello.extensions == std::vector<std::uint16_t>{0x0a0a, 0, 16, 10, 11, 13, 43});
  CHECK(hello.sni == "Example.com");
  CHECK(hello.alpn == std::vector<std::string>{"h2", "http/1.1"});
  CHECK(hello.groups == std::vector<std::uint16_t>{0x1a1a, 29, 23});
  CHECK(hello.point_formats == std::vector<std::uint8_t>{0});
  CHECK(hello.signature_algorithms == std::vector<std::uint16_t>{0x0403, 0x0804});
  CHECK(hello.supported_versions == std::vector<std::uint16_t>{0x0304, 0x0303});
  CHECK(hello.offers_ecdsa);
  CHECK_FALSE(hello.offers_resumption);
}

TEST_CASE("a hello without extensions ends after the compression methods") {
  std::string whole = message("");
  whole.resize(whole.size() - 2);
  whole.replace(1, 3, u8(0) + u16(whole.size() - 4));
  CHECK(parsed(record(whole)).extensions.empty());
}

TEST_CASE("ECDSA needs algorithm, and before TLS 1.3 cipher suite and curve too") {
  const std::string tls13 = extension(43, u8(2) + u16(0x0304));
  const auto offers = [](const std::string& extensions, std::size_t cipher) {
    return parsed(record(message(extensions, u16(cipher)))).offers_ecdsa;
  };
  CHECK(offers(tls13 + extension(13, vec16(u16(0x0403))), 0x1301));
  CHECK_FALSE(offers(tls13 + extension(13, vec16(u16(0x0804))), 0x1301));
  CHECK(offers("", 0xc02b));
  CHECK_FALSE(offers("", 0xc02f));
  CHECK_FALSE(offers(extension(10, vec16(u16(24))), 0xc02b));
  CHECK(offers(extension(10, vec16(u16(23))) + extension(13, vec16(u16(0x0203))), 0xc02b));
  CHECK_FALSE(offers(extension(13, vec16(u16(0x0401))), 0xc02b));
}

TEST_CASE("resumption is offered by a ticket, a pre-shared key or an old session id") {
  CHECK_FALSE(parsed(record(message(extension(35, "")))).offers_resumption);
  CHECK(parsed(record(message(extension(35, "ticket")))).offers_resumption);
  CHECK(parsed(record(message(extension(41, "key")))).offers_resumption);
  std::string with_id = message("");
  with_id.replace(4 + 2 + 32, 1, u8(1) + "i");
  with_id.replace(1, 3, u8(0) + u16(with_id.size() - 4));
  CHECK(parsed(record(with_id)).offers_resumption);
}

TEST_CASE("a name that is not one is flagged and not kept") {
  using namespace std::string_literals;
  const std::string one = u8(0) + vec16("a.example");
  const std::string bodies[] = {vec16(one + one),
                                vec16(one + u8(0) + vec16("b.example")),
                                vec16(u8(1) + vec16("a.example")),
                                vec16(one) + "x",
                                vec16(one + "x"),
                                vec16(u8(0) + u16(99) + "a.example"),
                                vec16(""),
                                ""};
  std::vector<std::string> extensions;
  for (const std::string& body : bodies) extensions.push_back(extension(0, body));
  for (const std::string& bad :
       {"a\0b"s, "caf\xc3\xa9"s, ""s, "a b"s, "a\"b"s, std::string(256, 'a')}) {
    extensions.push_back(server_name(bad));
  }
  for (const std::string& bad : extensions) {
    const ClientHello hello = parsed(record(message(bad + extension(35, ""))));
    CHECK(hello.sni.empty());
    CHECK(hello.sni_malformed);
    CHECK(hello.extensions.back() == 35);
  }
  CHECK_FALSE(parsed(record(message(""))).sni_malformed);
  CHECK_FALSE(parsed(record(message(server_name("a.example")))).sni_malformed);
}

TEST_CASE("an encrypted hello is noticed, and the outer name is the name") {
  const ClientHello hello =
      parsed(record(message(server_name("cover.example") + extension(0xfe0d, "sealed"))));
  CHECK(hello.offers_ech);
  CHECK(hello.sni == "cover.example");
  CHECK_FALSE(parsed(record(message(server_name("cover.example")))).offers_ech);
}

TEST_CASE("GREASE is kept wherever it stands, and changes nothing else") {
  const auto grease = [](std::size_t n) { return u16(0x0a0a + n * 0x1010); };
  std::string extensions = extension(0x0a0a, "") + server_name("a.example") +
                           extension(16, vec16(u8(2) + grease(1) + u8(8) + "http/1.1")) +
                           extension(10, vec16(grease(2) + u16(23))) +
                           extension(13, vec16(grease(3) + u16(0x0403))) +
                           extension(43, u8(4) + grease(4) + u16(0x0304)) + extension(0xfafa, "x");
  const ClientHello hello = parsed(record(message(extensions, grease(5) + u16(0x1301))));
  CHECK(hello.ciphers == std::vector<std::uint16_t>{0x5a5a, 0x1301});
  CHECK(hello.extensions == std::vector<std::uint16_t>{0x0a0a, 0, 16, 10, 13, 43, 0xfafa});
  CHECK(hello.alpn == std::vector<std::string>{"\x1a\x1a", "http/1.1"});
  CHECK(hello.groups == std::vector<std::uint16_t>{0x2a2a, 23});
  CHECK(hello.signature_algorithms == std::vector<std::uint16_t>{0x3a3a, 0x0403});
  CHECK(hello.supported_versions == std::vector<std::uint16_t>{0x4a4a, 0x0304});
  CHECK(hello.offers_ecdsa);
}

TEST_CASE("what follows in records of its own is not looked at") {
  const std::string hello = record(message(server_name("a.example")));
  for (const std::string& next : {record("early data", 23), record(u8(1), 20), record(""),
                                  std::string("GET / HTTP/1.1"), hello}) {
    CHECK(parsed(hello + next).length == hello.size());
  }
}

TEST_CASE("records without end are refused") {
  const std::string whole = message(extension(21, std::string(1800, '\0')));
  CHECK(parsed(fragmented(whole, 2)).extensions.size() == 1);
  CHECK(whole.size() > mitm::wire::kMaxClientHelloRecords);
  CHECK(is<Malformed>(fragmented(whole, 1)));
  CHECK(is<NeedMore>(fragmented(whole, 1).substr(0, 6 * mitm::wire::kMaxClientHelloRecords)));
}

TEST_CASE("a hello spread over records is the same hello") {
  const std::string whole = message(server_name("example.com"));
  for (const std::size_t size : {1U, 2U, 3U, 5U, 40U}) {
    const std::string bytes = fragmented(whole, size);
    CHECK(parsed(bytes).sni == "example.com");
    CHECK(parsed(bytes + "next").length == bytes.size());
    for (std::size_t end = 0; end < bytes.size(); ++end)
      REQUIRE(is<NeedMore>(bytes.substr(0, end)));
  }
}

TEST_CASE("other protocols are told apart at the first byte that differs") {
  CHECK(is<NotTls>("GET / HTTP/1.1"));
  CHECK(is<NotTls>("SSH-2.0"));
  CHECK(is<NotTls>("\x80\x2e\x01\x03\x01"));  // SSLv2-compatible
  CHECK(is<NotTls>("\x15\x03\x01"));          // an alert
  CHECK(is<NotTls>("\x16\x02"));
  CHECK(is<NotTls>("\x16\x03\x09"));
  CHECK(is<NotTls>(u8(22) + u16(0x0301) + u16(0)));
  CHECK(is<NotTls>(u8(22) + u16(0x0301) + u16(16385)));
  CHECK(is<NotTls>(record(u8(2))));  // a ServerHello
  CHECK(is<NeedMore>(""));
}

TEST_CASE("hellos that are not right") {
  const std::string good = message(server_name("a"));
  CHECK(is<Malformed>(record(good.substr(0, 20)) + record("x", 21)));
  CHECK(is<Malformed>(record(good.substr(0, 20)) + record("")));
  CHECK(is<Malformed>(record(good.substr(0, 20)) + record("x", 23)));
  CHECK(is<Malformed>(record(good + "more")));
  CHECK(is<Malformed>(record(message(extension(5, "") + extension(5, "")))));
  CHECK(is<Malformed>(record(message(server_name("a") + server_name("a")))));
  CHECK(is<Malformed>(record(message(server_name("a") + server_name("b")))));
  CHECK(is<Malformed>(record(message(extension(5, "").substr(0, 3)))));
  for (const std::size_t list : {10U, 13U, 16U})
    CHECK(is<Malformed>(record(message(extension(list, vec16(u8(1) + "x") + "x")))));
  for (const std::size_t list : {11U, 43U})
    CHECK(is<Malformed>(record(message(extension(list, u8(2) + u16(0x0304) + "x")))));
  CHECK(is<Malformed>(record(message(extension(16, vec16(u8(9) + "h2"))))));
  CHECK(is<Malformed>(record(message(extension(10, vec16("abc"))))));
  CHECK(is<Malformed>(record(message("", ""))));
  CHECK(is<Malformed>(record(message("", "abc"))));
  CHECK(is<Malformed>(record(u8(1) + u8(0) + u16(5) + "short")));
}

TEST_CASE("a hello larger than the limit is refused as soon as its length is known") {
  CHECK(is<Malformed>(record(u8(1) + u8(0xff) + u16(0))));
  const std::string bytes = record(message(""));
  CHECK(is<ClientHello>(bytes, bytes.size()));
  CHECK(is<Malformed>(bytes, 20));
}

TEST_CASE("real hellos are read, whole, in fragments and not before they are complete") {
  const auto index = mitm::test::shared_json("clienthellos/index.json");
  if (!index) return;
  REQUIRE(index->MemberCount() == 150);
  for (const auto& [name, facts] : index->GetObject()) {
    const auto bytes =
        mitm::test::shared_data(std::string("clienthellos/") + name.GetString() + ".bin").value();
    INFO(name.GetString());
    for (std::size_t end = 0; end < bytes.size(); ++end) {
      if (!is<NeedMore>(bytes.substr(0, end))) FAIL("a prefix of " << end << " octets was enough");
    }
    if (std::ranges::find(kDamaged, name.GetString()) != kDamaged.end()) {
      CHECK(is<Malformed>(bytes));
      continue;
    }
    REQUIRE(is<ClientHello>(bytes));
    const ClientHello hello = parsed(bytes);
    CHECK(hello.length == bytes.size());
    CHECK(hello.sni == (facts["sni"].IsNull() ? "" : facts["sni"].GetString()));
    CHECK(hello.extensions.size() == facts["ext"].GetUint());
    std::vector<std::string> alpn;
    for (const auto& protocol : facts["alpn"].GetArray()) alpn.emplace_back(protocol.GetString());
    CHECK(hello.alpn == alpn);
    CHECK(parsed(fragmented(bytes.substr(5), 100)).ciphers == hello.ciphers);
  }
}

TEST_CASE("damaged hellos are survived") {
  std::vector<std::string> seeds{
      record(message(server_name("example.com") + extension(16, vec16(u8(2) + "h2"))))};
  if (const auto index = mitm::test::shared_json("clienthellos/index.json")) {
    for (const auto& [name, facts] : index->GetObject()) {
      seeds.push_back(
          mitm::test::shared_data(std::string("clienthellos/") + name.GetString() + ".bin")
              .value());
    }
  }
  std::mt19937 random(11);
  std::size_t outcomes[4] = {};
  for (const std::string& seed : seeds) {
    for (int i = 0; i < 300; ++i) {
      std::string bytes = seed;
      for (unsigned flips = random() % 4 + 1; flips > 0; --flips) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
      ++outcomes[parse_client_hello(bytes).index()];
    }
  }
  for (const std::size_t count : outcomes) CHECK(count > 0);
}
