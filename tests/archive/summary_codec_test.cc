#include "lib/archive/summary_codec.h"

#include <catch2/catch.hpp>

#include <random>

#include "tests/archive/story.h"

using namespace mitm;
using namespace mitm::archive;

TEST_CASE("a directory comes back as it was") {
  Directory directory{.previous = 5000, .entries = {}};
  for (std::uint64_t i = 1; i <= 4096; ++i) {
    directory.entries.push_back({.index = i * 1'000'000,
                                 .rows = 7,
                                 .lowest_flow = i,
                                 .highest_flow = i + 6,
                                 .first_time = Time(Duration(i)),
                                 .last_time = Time(Duration(2 * i))});
  }
  SummaryEncoder encoder;
  SummaryDecoder decoder;
  const Bytes frame(encoder.encode(directory).value());
  CHECK(decoder.directory(frame) == directory);
  CHECK_FALSE(decoder.index(frame));
}

TEST_CASE("an index of the largest size fits into its frame") {
  std::mt19937_64 random(1);
  Index index;
  for (int i = 0; i < 4096; ++i) {
    FlowRow row;
    row.flow.id = random();
    row.flow.start = Time(Duration(static_cast<std::int64_t>(random() >> 2)));
    row.flow.bytes_to_client = random();
    row.flow.sent.body_size = random();
    row.flow.received.body_size = random();
    row.first_frame = random();
    row.flow.request = test::get({});
    for (int octet = 0; octet < 256; ++octet)
      row.flow.request->target += static_cast<char>(random() & 0xFF);
    index.rows.push_back(std::move(row));
  }
  SummaryEncoder encoder;
  SummaryDecoder decoder;
  const auto frame = encoder.encode(index);
  REQUIRE(frame);
  REQUIRE(decoder.index(*frame));
  REQUIRE(decoder.rows() == 4096);
  CHECK(decoder.row(4095)->flow.request->target == index.rows[4095].flow.request->target);
}

TEST_CASE("a summary of which a bit changed says the same or nothing") {
  SummaryEncoder encoder;
  SummaryDecoder decoder;
  const Directory directory{.previous = 1, .entries = {{.index = 5}}};
  const Bytes frame(encoder.encode(directory).value());
  std::size_t noticed = 0;
  for (std::size_t octet = 0; octet < frame.size(); ++octet) {
    if (octet >= 4 && octet < 8) continue;  // the length, which the caller has looked at
    const Bytes damaged = test::flip_bit(frame, octet, octet % 8);
    const auto read = decoder.directory(damaged);
    if (read) CHECK(*read == directory);
    noticed += decoder.is_intact(damaged) ? 0 : 1;
  }
  CHECK(noticed > frame.size() - 10);
  for (std::size_t size = 0; size < frame.size(); ++size)
    CHECK_FALSE(decoder.is_intact(ByteView(frame).substr(0, size)));
}
