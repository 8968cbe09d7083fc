#include "lib/archive/message.h"

#include <catch2/catch.hpp>

#include <cstring>

#include "lib/archive/format.h"
#include "tests/archive/recording.h"

using namespace mitm;
using namespace mitm::archive;

namespace {

Bytes words(std::initializer_list<std::uint32_t> halves) {
  Bytes bytes;
  for (const std::uint32_t half : halves) {
    bytes.append(reinterpret_cast<const char*>(&half), sizeof half);
  }
  return bytes;
}

Result<Decoded> decode_copy(ByteView message) {
  std::vector<std::uint64_t> aligned(message.size() / 8);
  std::memcpy(aligned.data(), message.data(), message.size());
  ChainCache chains;
  flow::Record record;
  return decode({reinterpret_cast<const char*>(aligned.data()), message.size()}, chains, record);
}

flow::CertificateChain chain_with_names(std::size_t names, std::size_t der) {
  flow::Certificate certificate{.der = std::string(der, 'd'), .subject = "CN=x"};
  certificate.dns_names.assign(names, "a.b");
  return {.id = std::string(32, 'i'), .certificates = {certificate}};
}

flow::CertificateChain stored(const flow::CertificateChain& chain) {
  MessageEncoder encoder;
  const Bytes message = encoder.encode(chain, Time{}).value().bytes();
  std::vector<std::uint64_t> aligned(message.size() / 8);
  std::memcpy(aligned.data(), message.data(), message.size());
  ChainCache chains;
  flow::Record record;
  REQUIRE(decode({reinterpret_cast<const char*>(aligned.data()), message.size()}, chains, record) ==
          Decoded::kChain);
  return *chains.use(chain.id);
}

}  // namespace

TEST_CASE("a message tells its size") {
  MessageEncoder encoder;
  const Bytes message = encoder.encode(flow::Record{.event = flow::Statistics{}}).value().bytes();
  CHECK(message_size(message) == message.size());
  CHECK(message_size(message + "following") == message.size());
  CHECK_FALSE(message_size(ByteView(message).substr(0, message.size() - 1)));
}

TEST_CASE("what cannot become a message is known early") {
  CHECK(may_begin_message(""));
  CHECK(may_begin_message(Bytes("\0\0\0", 3)));
  CHECK(may_begin_message(words({0})));
  CHECK(may_begin_message(words({0, 1})));
  CHECK(may_begin_message(words({1, kMaxRecord / 16, kMaxRecord / 16 - 2})));
  CHECK_FALSE(may_begin_message(words({16})));
  CHECK_FALSE(may_begin_message(words({0, 0})));
  CHECK_FALSE(may_begin_message(words({0, kMaxRecord / 8})));
}

TEST_CASE("a segment table must fit what is there") {
  CHECK_FALSE(message_size(""));
  CHECK_FALSE(message_size(words({0})));
  CHECK(message_size(words({0, 1, 0, 0})) == 16);
  CHECK(message_size(words({1, 1, 1, 0, 0, 0, 0, 0})) == 32);
  CHECK_FALSE(message_size(words({0, 2, 0, 0})));
  CHECK_FALSE(message_size(words({0, 0xFFFFFFFF, 0, 0})));
  CHECK_FALSE(message_size(words({2, 0x80000000, 0x80000000, 0, 0, 0})));
  CHECK_FALSE(message_size(words({0xFFFFFFFF, 1, 0, 0})));
  CHECK_FALSE(message_size(words({16, 1, 0, 0})));
}

TEST_CASE("an empty message is none, or a run of zeros would be a run of records") {
  CHECK_FALSE(message_size(words({0, 0})));
  CHECK_FALSE(message_size(words({1, 0, 0, 0})));
}

TEST_CASE("an encoder makes one record after the other") {
  MessageEncoder encoder;
  const flow::Record record{.flow = 5, .event = flow::Anomaly{.name = "n", .detail = "d"}};
  const Bytes first = encoder.encode(record).value().bytes();
  const Bytes large = encoder.encode(test::noise(100'000, 1)).value().bytes();
  CHECK(large.size() > 100'000);
  CHECK(encoder.encode(record).value().bytes() == first);
}

TEST_CASE("a record beyond the limit is refused and leaves no trace") {
  MessageEncoder encoder;
  const flow::Record small{.event = flow::Statistics{}};
  const Bytes before = encoder.encode(small).value().bytes();
  CHECK(encoder.encode(test::noise(kMaxRecord - 200, 1)));
  const auto refused = encoder.encode(test::noise(kMaxRecord, 1));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kLimit);
  CHECK(encoder.encode(small).value().bytes() == before);
}

TEST_CASE("a chain that is too large is stored with less detail") {
  CHECK(stored(chain_with_names(10, 100)) == chain_with_names(10, 100));
  const auto without_names = stored(chain_with_names(50'000, 100));
  REQUIRE(without_names.certificates.size() == 1);
  CHECK(without_names.certificates[0].dns_names.empty());
  CHECK(without_names.certificates[0].der == std::string(100, 'd'));
  CHECK(stored(chain_with_names(0, kMaxRecord)).certificates.empty());
}

TEST_CASE("malformed messages are errors") {
  // A root pointer to far outside the only segment.
  CHECK(decode_copy(words({0, 1, 0x7FFFFFF0, 0x00050005})).error().code == Code::kCorrupt);
  // A far pointer to a segment that is not there.
  CHECK(decode_copy(words({0, 1, 0x00000002, 0x7})).error().code == Code::kCorrupt);
}

TEST_CASE("a message with flipped bits is an error or a record, never more") {
  MessageEncoder encoder;
  for (const flow::Record& record : test::one_of_each()) {
    const Bytes good = encoder.encode(record).value().bytes();
    for (std::size_t octet = 8; octet < good.size(); ++octet) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        const auto result = decode_copy(test::flip_bit(good, octet, bit));
        if (!result) CHECK(result.error().code == Code::kCorrupt);
      }
    }
  }
}

TEST_CASE("a list that claims more elements than there are octets is an error") {
  // A request head whose last pointer leads to a list of half a billion empty structs.
  const Bytes message =
      words({0,          14,                                                       // segment table
             0,          0x00010004,                                               // record
             0,          0,          0, 0, 0, 0, 0x00050000, 0,                    // its data
             0,          0x00070000,                                               // request head
             0,          0,          0, 0, 0, 0, 0,          0, 0, 0, 0, 0, 1, 7,  // its pointers
             0x7FFFFFFC, 0});                                                      // the list's tag
  const auto result = decode_copy(message);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::kCorrupt);
}
