#include <catch2/catch.hpp>
#include <cstring>

#include "lib/archive/message.h"
#include "tests/archive/recording.h"

using namespace mitm;
using namespace mitm::flow;

namespace {

/// What comes back of a record that was stored and read. An aligned copy, as in a reader's buffer.
Record stored_and_read(const Record& record, archive::ChainCache& chains) {
  archive::MessageEncoder encoder;
  const Bytes message = encoder.encode(record).value().bytes();
  std::vector<std::uint64_t> words(message.size() / 8);
  std::memcpy(words.data(), message.data(), message.size());
  Record read;
  const auto decoded =
      archive::decode({reinterpret_cast<const char*>(words.data()), message.size()}, chains, read);
  REQUIRE(decoded);
  REQUIRE(*decoded == archive::Decoded::kRecord);
  return read;
}

}  // namespace

TEST_CASE("every kind of record survives being stored") {
  archive::ChainCache chains;
  chains.add(test::sample_chain());
  for (const Record& record : test::one_of_each()) {
    INFO("event " << record.event.index());
    Record expected = record;
    Record read = stored_and_read(record, chains);
    if (auto* tls = std::get_if<TlsEstablished>(&expected.event)) {
      auto& facts = std::get<TlsEstablished>(read.event).facts;
      CHECK(*facts.chain == *tls->facts.chain);
      facts.chain = tls->facts.chain;
    }
    CHECK((read == expected));
  }
}

TEST_CASE("bodies survive being stored whatever their size") {
  archive::ChainCache chains;
  for (const std::size_t size : {1U, 4095U, 4096U, 4097U, 4103U, 4104U, 65536U}) {
    const Record chunk{.flow = 1, .event = BodyChunk{.data = Bytes(size, 'x')}};
    CHECK((stored_and_read(chunk, chains) == chunk));
    const Record raw{.flow = 1, .event = RawBytes{.data = Bytes(size, 'x')}};
    CHECK((stored_and_read(raw, chains) == raw));
  }
}

TEST_CASE("a fact that is said again is marked as such") {
  archive::ChainCache chains;
  const Record record{.connection = 3, .event = ConnectionOpened{}, .repeated = true};
  CHECK((stored_and_read(record, chains) == record));
}

TEST_CASE("the records of the writer's own survive being stored") {
  archive::ChainCache chains;
  const std::vector<Event> events{
      Header{.run_id = ~0ULL, .format = 3, .file_number = 9, .tool = "mitm-record 0.1.0"},
      Checkpoint{.length = 4711, .xxh64 = ~0ULL, .run_id = 12},
      ArchiveEnd{.totals = {.seen = 5,
                            .recorded = 1,
                            .filtered = 1,
                            .passed = 1,
                            .lost = 2,
                            .hurried_frames = 7},
                 .next_file = "b.flowz"},
  };
  for (const Event& event : events) {
    const Record record{.time = Time{Duration{-5}}, .source = 65535, .event = event};
    CHECK((stored_and_read(record, chains) == record));
  }
}

TEST_CASE("records with nothing set survive being stored") {
  archive::ChainCache chains;
  CHECK((stored_and_read({.event = RequestHead{}}, chains) == Record{.event = RequestHead{}}));
  CHECK(
      (stored_and_read({.event = TlsEstablished{}}, chains) == Record{.event = TlsEstablished{}}));
  CHECK((stored_and_read({.event = FlowEnd{.error = FlowError{}}}, chains) ==
         Record{.event = FlowEnd{.error = FlowError{}}}));
}
