#include "lib/archive/frame_reader.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "lib/archive/format.h"
#include "tests/archive/recording.h"

using namespace mitm;
using namespace mitm::archive;
using mitm::test::Recording;

namespace {

struct Pass {
  std::vector<Bytes> contents;
  Losses losses;
  std::uint64_t work = 0;
};

Pass pass_over(std::unique_ptr<ByteSource> source) {
  FrameReader reader(std::move(source));
  Pass pass;
  while (true) {
    const auto loaded = reader.next();
    REQUIRE(loaded);
    if (!*loaded) break;
    pass.contents.emplace_back(reader.content());
  }
  pass.losses = reader.losses();
  pass.work = reader.work();
  return pass;
}

Pass pass_over(Bytes archive, std::size_t step = 64 * 1024) {
  return pass_over(std::make_unique<test::MemorySource>(std::move(archive), step));
}

/// As if it came bit by bit through a pipe.
Pass follow(Bytes archive, std::size_t step) {
  return pass_over(std::make_unique<test::SlowSource>(std::move(archive), step));
}

Bytes joined(const std::vector<Bytes>& contents) {
  Bytes all;
  for (const Bytes& content : contents) all += content;
  return all;
}

bool alike(const Losses& a, const Losses& b) {
  return a.torn_at == b.torn_at &&
         std::ranges::equal(a.skipped, b.skipped, [](const auto& x, const auto& y) {
           return x.at == y.at && x.bytes == y.bytes;
         });
}

Bytes skippable(ByteView payload, char number = 0) {
  Bytes frame = "\x50\x2A\x4D\x18";
  frame[0] = static_cast<char>(frame[0] + number);
  const auto size = static_cast<std::uint32_t>(payload.size());
  frame.append(reinterpret_cast<const char*>(&size), sizeof size);
  return frame.append(payload);
}

Bytes small_archive(std::uint64_t run_id = 7) {
  return Recording({.run_id = run_id}).write(test::text(500)).finish().bytes();
}

/// Five frames and where each begins.
struct LongArchive {
  Bytes bytes;
  std::vector<std::size_t> frames;
};

LongArchive long_archive() {
  Recording recording;
  LongArchive archive;
  for (unsigned i = 0; i < 5; ++i) {
    archive.frames.push_back(recording.bytes().size());
    recording.write(test::noise(3000, i)).flush();
    recording.clock().advance(kMaxFrameAge);
    recording.write(test::noise(3000, 10 + i)).flush();
  }
  archive.frames[0] = 0;
  archive.bytes = recording.finish().bytes();
  return archive;
}

constexpr std::size_t kBlock = 128 * 1024;
constexpr std::uint32_t kRunLength = 1;  // a block that is one octet, repeated

/// Beginnings of frames, one in the other: the blocks of each go on where the next one begins.
/// `content` comes first in each, then the content of all that follow.
Bytes nested_beginnings(std::size_t size, ByteView content) {
  Bytes unit("\x28\xB5\x2F\xFD\x04\x58", 6);  // magic, checksum announced, window of 2 MiB
  const auto block = [](std::size_t octets) {
    const auto head = static_cast<std::uint32_t>(octets << 3U);
    return Bytes(reinterpret_cast<const char*>(&head), 3);
  };
  unit += block(content.size()) + Bytes(content) + block(6);
  Bytes units;
  while (units.size() < size) units += unit;
  return units;
}

/// Whole frames of a few octets that promise a mebibyte each and whose checksums are wrong.
Bytes hollow_frames(std::size_t count) {
  Bytes frame("\x28\xB5\x2F\xFD\x04\x58", 6);  // as above
  for (std::size_t left = kMaxFrameContent; left > 0; left -= kBlock) {
    const bool last = left == kBlock;
    const auto head =
        static_cast<std::uint32_t>(kBlock << 3U | kRunLength << 1U | (last ? 1U : 0U));
    frame.append(reinterpret_cast<const char*>(&head), 3).push_back('x');
  }
  frame += "sum?";
  Bytes frames;
  for (std::size_t i = 0; i < count; ++i) frames += frame;
  return frames;
}

/// What stands before a record of almost the largest size.
constexpr ByteView kBeginningOfMessage("\0\0\0\0\0\x90\0\0", 8);

}  // namespace

TEST_CASE("skippable frames of others are passed over, whatever their number") {
  const Bytes archive = small_archive();
  Bytes with_skippables = skippable("first");
  for (char number = 0; number < 16; ++number)
    if (number != 0xC && number != 0xE) with_skippables += skippable("", number);
  with_skippables += archive + skippable(Bytes(300'000, 'x'), 3);
  const Pass pass = pass_over(with_skippables);
  CHECK(pass.contents == pass_over(archive).contents);
  CHECK_FALSE(pass.losses.torn_at);
  CHECK(pass.losses.skipped.empty());
}

TEST_CASE("a summary or seek table that is damaged costs itself only, and is told") {
  const LongArchive archive = long_archive();
  const Pass intact = pass_over(archive.bytes);
  const Bytes frame = test::first_frame(ByteView(archive.bytes).substr(archive.frames[2]));
  const std::size_t index = archive.frames[2] + frame.size();
  for (const std::size_t octet : {index + 20, archive.bytes.size() - 1}) {
    const Pass pass = pass_over(test::flip_bit(archive.bytes, octet));
    CHECK(pass.contents == intact.contents);
    REQUIRE(pass.losses.skipped.size() == 1);
    const auto lost = pass.losses.skipped[0];
    CHECK(lost.at <= octet);
    CHECK(octet < lost.at + lost.bytes);
  }
  const Pass at_index = pass_over(test::flip_bit(archive.bytes, index + 20));
  CHECK(at_index.losses.skipped[0].at == index);
  CHECK(index + at_index.losses.skipped[0].bytes == archive.frames[3]);
}

TEST_CASE("a long seek table is passed over") {
  const Bytes table = skippable(Bytes(4'800'009, 't'), 0xE);
  const Pass whole = pass_over(small_archive() + table);
  CHECK(whole.contents.size() == 1);
  CHECK_FALSE(whole.losses.torn_at);
  const Pass cut = pass_over(small_archive() + table.substr(0, 4'000'000));
  CHECK(cut.losses.torn_at == small_archive().size());
}

TEST_CASE("a skippable frame whose length is wrong does not hide what follows") {
  Bytes lying = skippable("some index");
  lying[5] = 3;  // 768 octets more
  const Bytes archive = small_archive() + lying + small_archive();
  const Pass pass = pass_over(archive);
  CHECK(pass.contents.size() == 2);
  REQUIRE(pass.losses.skipped.size() == 1);
  CHECK(pass.losses.skipped[0].at == small_archive().size());
  CHECK(pass.losses.skipped[0].bytes == lying.size());
}

TEST_CASE("after a damaged block reading goes on with the next frame") {
  const LongArchive archive = long_archive();
  const Bytes damaged = test::flip_bit(archive.bytes, archive.frames[2] + 4000);
  const Pass pass = pass_over(damaged);
  const Pass intact = pass_over(archive.bytes);
  REQUIRE(pass.contents.size() == intact.contents.size());
  CHECK(
      intact.contents[2].starts_with(pass.contents[2]));  // up to the checkpoint before the damage
  CHECK(pass.contents[2].size() < intact.contents[2].size());
  for (const std::size_t i : {0, 1, 3, 4}) CHECK(pass.contents[i] == intact.contents[i]);
  REQUIRE(pass.losses.skipped.size() == 1);
  const auto lost = pass.losses.skipped[0];
  CHECK(lost.at > archive.frames[2] + 3000);
  const Bytes frame = test::first_frame(ByteView(archive.bytes).substr(archive.frames[2]));
  CHECK(lost.at + lost.bytes == archive.frames[2] + frame.size());
}

TEST_CASE("when the end of a damaged frame is unknown too, the next frame of the run is found") {
  const LongArchive archive = long_archive();
  for (const std::size_t octet : {0, 4, 6}) {  // magic, frame header, block header
    CAPTURE(octet);
    const Pass pass = pass_over(test::flip_bit(archive.bytes, archive.frames[2] + octet, 2));
    const Pass intact = pass_over(archive.bytes);
    REQUIRE(pass.contents.size() == intact.contents.size() - 1);
    CHECK(pass.contents[2] == intact.contents[3]);
    REQUIRE(pass.losses.skipped.size() == 1);
    CHECK(pass.losses.skipped[0].at == archive.frames[2]);
    const Bytes frame = test::first_frame(ByteView(archive.bytes).substr(archive.frames[2]));
    CHECK(pass.losses.skipped[0].bytes >= frame.size());
    CHECK(pass.losses.skipped[0].bytes <= archive.frames[3] - archive.frames[2]);
  }
}

TEST_CASE("octets that were removed or inserted cost one frame") {
  const LongArchive archive = long_archive();
  const std::size_t inside = archive.frames[1] + 100;
  for (Bytes damaged : {archive.bytes.substr(0, inside) + archive.bytes.substr(inside + 50),
                        archive.bytes.substr(0, inside) + "xx" + archive.bytes.substr(inside)}) {
    const Pass pass = pass_over(std::move(damaged));
    CHECK(pass.contents.size() == pass_over(archive.bytes).contents.size() - 1);
    CHECK(pass.losses.skipped.size() == 1);
  }
}

TEST_CASE("an archive that was recorded itself is not taken for the one it is in") {
  const Bytes inner = Recording({.run_id = 1234}).write(test::noise(5000, 1)).finish().bytes();
  Recording recording({.run_id = 7}, {.compression_level = -5});
  recording.write(test::noise(100, 2)).flush();
  recording.clock().advance(kMaxFrameAge);
  recording.write(test::noise(100, 3)).flush();
  const std::size_t second_frame = recording.bytes().size();
  recording.write({.event = flow::BodyChunk{.data = inner}}).flush();
  recording.clock().advance(kMaxFrameAge);
  recording.write(test::noise(100, 4)).flush();
  Bytes archive = recording.finish().bytes();
  REQUIRE(archive.find(inner) != Bytes::npos);  // stored as it is, because it does not compress
  archive[second_frame] ^= 1;
  const Pass pass = pass_over(archive);
  REQUIRE(pass.contents.size() == 2);
  CHECK(pass.contents[0] == pass_over(recording.bytes()).contents[0]);
  CHECK(pass.contents[1] == pass_over(recording.bytes()).contents[2]);
}

TEST_CASE("a torn frame is read up to its last checkpoint") {
  Recording recording;
  recording.write(test::noise(3000, 1)).flush();
  const std::size_t flushed = recording.bytes().size();
  recording.write(test::noise(3000, 2)).flush();
  const Pass pass = pass_over(test::shrink(recording.bytes(), flushed + 1234));
  CHECK(pass.contents.size() == 1);
  CHECK(pass.losses.torn_at == flushed);
  CHECK(pass.losses.skipped.empty());
}

TEST_CASE("a frame header that is cut off is a torn tail") {
  const Bytes archive = small_archive();
  for (std::size_t extra = 1; extra < 12; ++extra) {
    const Pass pass = pass_over(archive + archive.substr(0, extra));
    CHECK(pass.contents.size() == 1);
    CHECK(pass.losses.torn_at == archive.size());
  }
}

TEST_CASE("a tail of zeros is skipped") {
  const Bytes archive = small_archive();
  const Pass pass = pass_over(archive + Bytes(5000, '\0'));
  CHECK(pass.contents.size() == 1);
  REQUIRE(pass.losses.skipped.size() == 1);
  CHECK(pass.losses.skipped[0].at == archive.size());
  CHECK(pass.losses.skipped[0].bytes == 5000);
}

TEST_CASE("another run's archive behind a long damaged place is read again") {
  const Bytes archive = small_archive(7) + Bytes(kMaxFrameSize + 1, 'x') + small_archive(8);
  const Pass pass = pass_over(archive);
  CHECK(pass.contents.size() == 2);
  REQUIRE(pass.losses.skipped.size() == 1);
  CHECK(pass.losses.skipped[0].bytes == kMaxFrameSize + 1);
}

TEST_CASE("the list of damaged places is bounded and still adds up") {
  Bytes archive;
  for (int i = 0; i < 100; ++i) archive += small_archive() + "garbage";
  const Pass pass = pass_over(archive);
  CHECK(pass.contents.size() == 100);
  CHECK(pass.losses.skipped.size() == 64);
  std::uint64_t skipped = 0;
  for (const auto& place : pass.losses.skipped) skipped += place.bytes;
  CHECK(skipped == 700);
}

TEST_CASE("octet by octet an archive reads the same") {
  const LongArchive archive = long_archive();
  CHECK(pass_over(archive.bytes, 1).contents == pass_over(archive.bytes).contents);
}

TEST_CASE("a file that is not an archive is not read to its end") {
  Bytes foreign(100'000'000, 'x');
  FrameReader reader(std::make_unique<test::MemorySource>(foreign));
  CHECK_FALSE(reader.next().value());
  REQUIRE(reader.losses().skipped.size() == 1);
  CHECK(reader.losses().skipped[0].bytes < 70'000'000);
}

TEST_CASE("looking for frames among beginnings of frames costs in proportion to their size") {
  const std::size_t size = 400 * 1024;
  for (const ByteView content : {ByteView("what"), kBeginningOfMessage}) {
    const Bytes junk = nested_beginnings(size, content);
    const Pass pass = pass_over(small_archive() + "x" + junk);
    CHECK(pass.contents.size() == 1);
    REQUIRE(pass.losses.skipped.size() == 1);
    CHECK(pass.losses.skipped[0].bytes == 1 + junk.size());
    CHECK(pass.work < 100'000'000 + 40 * junk.size());
  }
}

TEST_CASE("whole frames with wrong checksums cost in proportion to their size") {
  const Bytes junk = hollow_frames(1000);
  const Pass pass = pass_over(small_archive() + junk);
  CHECK(pass.contents.size() == 1);
  std::uint64_t skipped = 0;
  for (const auto& place : pass.losses.skipped) skipped += place.bytes;
  CHECK(skipped == junk.size());
  CHECK(pass.work < 40'000'000 + 40 * junk.size());
}

TEST_CASE("behind beginnings of frames, or hollow ones, the archive is found again") {
  const LongArchive archive = long_archive();
  const Bytes junk =
      GENERATE("x" + nested_beginnings(400 * 1024, kBeginningOfMessage), hollow_frames(1000));
  Bytes damaged = archive.bytes;
  damaged.insert(archive.frames[1], junk);
  const Pass pass = pass_over(damaged);
  const Pass intact = pass_over(archive.bytes);
  REQUIRE(pass.contents.size() >= 3);
  CHECK(pass.contents.front() == intact.contents.front());
  CHECK(pass.contents.back() == intact.contents.back());
}

TEST_CASE("of a frame that has to be waited for what its checkpoints vouch for comes at once") {
  Recording recording;
  std::vector<std::size_t> flushes;
  for (unsigned i = 0; i < 3; ++i) {
    recording.write(test::noise(3000, i)).flush();
    flushes.push_back(recording.bytes().size());
  }
  const Bytes open = recording.bytes();
  const Pass cut = follow(open.substr(0, flushes[1]), flushes[0]);
  CHECK(cut.contents.size() >= 2);
  CHECK(joined(cut.contents) == joined(pass_over(open.substr(0, flushes[1])).contents));
  const Bytes closed = recording.finish().bytes();
  const Pass whole = follow(closed, 100);
  CHECK(whole.contents.size() >= 3);
  CHECK(joined(whole.contents) == joined(pass_over(closed).contents));
  CHECK_FALSE(whole.losses.torn_at);
  CHECK(whole.losses.skipped.empty());
}

TEST_CASE("damaged or not, an archive that comes bit by bit shows the same and nothing twice") {
  Recording recording;
  for (unsigned i = 0; i < 6; ++i) {
    recording.write(test::noise(60, i)).flush();
    if (i % 3 == 2) recording.clock().advance(kMaxFrameAge);
  }
  const Bytes archive = recording.finish().bytes();
  for (std::size_t octet = 0; octet < archive.size(); ++octet) {
    INFO("bit of octet " << octet);
    const Bytes damaged = test::flip_bit(archive, octet, octet % 8);
    const Pass at_once = pass_over(damaged);
    const Pass bit_by_bit = follow(damaged, 1 + octet % 50);
    REQUIRE(joined(bit_by_bit.contents) == joined(at_once.contents));
    REQUIRE(alike(bit_by_bit.losses, at_once.losses));
    const Pass cut = pass_over(archive.substr(0, octet));
    const Pass slowly_cut = follow(archive.substr(0, octet), 7);
    REQUIRE(joined(slowly_cut.contents) == joined(cut.contents));
    REQUIRE(alike(slowly_cut.losses, cut.losses));
  }
}

TEST_CASE("a frame that is given up while it still comes is not shown any further") {
  Recording recording;
  for (unsigned i = 0; i < 3; ++i) recording.write(test::noise(500, i)).flush();
  const Bytes archive = recording.finish().bytes();  // one frame
  FrameReader reader(std::make_unique<test::SlowSource>(archive + small_archive(), 50));
  REQUIRE(reader.next().value());
  reader.give_up_frame();
  REQUIRE(reader.next().value());
  CHECK(reader.run_id() == 7);
  CHECK(reader.content().size() < 500);
  while (reader.next().value()) {
  }
  REQUIRE(reader.losses().skipped.size() == 1);
  CHECK(reader.losses().skipped[0].at == 0);
  CHECK(reader.losses().skipped[0].bytes == test::first_frame(archive).size());
}

TEST_CASE("a tail that cannot be used is told with the frame that it is in") {
  Recording recording;
  for (unsigned i = 0; i < 20; ++i) recording.write(test::noise(60'000, i));
  recording.flush();
  const Bytes& whole = recording.bytes();
  const auto torn = pass_over(test::shrink(whole, whole.size() - 1)).losses;
  REQUIRE(torn.tail);
  CHECK(torn.tail->verified == torn.torn_at);
  CHECK(torn.tail->frame > 0);
  CHECK(whole.substr(torn.tail->frame).starts_with("\x28\xB5\x2F\xFD"));
  const auto damaged = pass_over(whole + Bytes(100, 'x')).losses;
  REQUIRE(damaged.tail);
  CHECK_FALSE(damaged.torn_at);
  CHECK(damaged.skipped.back().at == damaged.tail->verified);
  CHECK_FALSE(pass_over(recording.finish().bytes()).losses.tail);
}
