#include <catch2/catch.hpp>

#include "lib/archive/format.h"
#include "tests/archive/recording.h"

// Whatever happens to a file: every record that is shown is one that was written, in its order, and
// when one is missing the reader says so.

using namespace mitm;
using mitm::test::read_back;
using mitm::test::ReadBack;
using mitm::test::Recording;

namespace {

/// A chain that was lost with its frame comes with its id alone; otherwise records are alike or
/// not.
bool alike(flow::Record shown, const flow::Record& written) {
  auto* a = std::get_if<flow::TlsEstablished>(&shown.event);
  const auto* b = std::get_if<flow::TlsEstablished>(&written.event);
  if (a != nullptr && b != nullptr) {
    const auto& chain = *a->facts.chain;
    if (chain.id != b->facts.chain->id) return false;
    if (!chain.certificates.empty() && chain != *b->facts.chain) return false;
    a->facts.chain = b->facts.chain;
  }
  return shown == written;
}

/// Whether `shown` is `written` with some left out.
bool in_order(const std::vector<flow::Record>& shown, const std::vector<flow::Record>& written) {
  std::size_t next = 0;
  for (const flow::Record& record : shown) {
    while (next < written.size() && !alike(record, written[next])) ++next;
    if (next++ == written.size()) return false;
  }
  return true;
}

struct Sample {
  std::vector<flow::Record> records;
  Bytes archive;
};

/// Each kind of record once, over three frames, with flushes inside.
Sample sample() {
  Sample sample;
  Recording recording;
  sample.records = test::one_of_each();
  for (std::size_t i = 0; i < sample.records.size(); ++i) {
    recording.write(sample.records[i]);
    if (i % 3 == 2) recording.flush();
    if (i % 9 == 7) recording.clock().advance(archive::kMaxFrameAge);
  }
  sample.archive = recording.finish().bytes();
  return sample;
}

}  // namespace

TEST_CASE("cut anywhere, an archive shows what was flushed and admits the cut") {
  const Sample sample = ::sample();
  std::size_t most = 0;
  for (std::size_t size = 0; size < sample.archive.size(); ++size) {
    const ReadBack back = read_back(test::shrink(sample.archive, size));
    INFO("cut at " << size);
    REQUIRE(back.admits_loss());
    REQUIRE(back.records.size() >= most);
    REQUIRE(in_order(back.records,
                     {sample.records.begin(),
                      sample.records.begin() + static_cast<std::ptrdiff_t>(back.records.size())}));
    if (back.ending.torn_at) REQUIRE(*back.ending.torn_at <= size);
    most = back.records.size();
  }
  CHECK(most == sample.records.size());
}

TEST_CASE(
    "with a bit changed anywhere, an archive shows nothing wrong and admits what is missing") {
  const Sample sample = ::sample();
  std::size_t refused = 0;
  for (std::size_t octet = 0; octet < sample.archive.size(); ++octet) {
    const unsigned bit = octet % 8;
    const ReadBack back = read_back(test::flip_bit(sample.archive, octet, bit));
    INFO("bit " << bit << " of octet " << octet);
    REQUIRE(in_order(back.records, sample.records));
    const bool complete = back.records.size() == sample.records.size();
    if (!complete || back.headers.size() != 1) REQUIRE(back.admits_loss());
    if (back.error) ++refused;
  }
  // Only damage to the first frame can make a file of this size unreadable.
  CHECK(refused < sample.archive.size() / 2);
}

TEST_CASE("with a piece missing or overwritten, an archive shows nothing wrong") {
  const Sample sample = ::sample();
  for (std::size_t at = 1; at + 100 < sample.archive.size(); at += 17) {
    Bytes without = sample.archive;
    without.erase(at, 1 + at % 99);
    const ReadBack missing = read_back(without);
    REQUIRE(missing.admits_loss());
    REQUIRE(in_order(missing.records, sample.records));
    Bytes over = sample.archive;
    over.replace(at, 50, 50, '\0');
    const ReadBack overwritten = read_back(over);
    REQUIRE(in_order(overwritten.records, sample.records));
    if (overwritten.records.size() != sample.records.size()) REQUIRE(overwritten.admits_loss());
  }
}
