#include "lib/archive/reader.h"

#include <zstd.h>

#include <catch2/catch.hpp>

#include "lib/archive/format.h"
#include "lib/archive/frame_writer.h"
#include "lib/archive/message.h"
#include "tests/archive/recording.h"

using namespace mitm;
using namespace mitm::archive;
using mitm::test::read_back;
using mitm::test::Recording;

namespace {

std::string refusal(Bytes content) {
  const auto reader = Reader::open(std::make_unique<test::MemorySource>(std::move(content)), "x");
  return reader ? "opened" : reader.error().message;
}

Bytes compressed(const Bytes& content) {
  Bytes frame(ZSTD_compressBound(content.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), content.data(), content.size(), 3));
  return frame;
}

Bytes archive_of_run(std::uint64_t run_id, flow::FlowId flow) {
  return Recording({.run_id = run_id}).write(test::text(100, flow)).finish().bytes();
}

}  // namespace

TEST_CASE("records come back in order, whatever pieces the source hands out") {
  const auto records = test::one_of_each();
  const Bytes archive = Recording().write(records).finish().bytes();
  for (const std::size_t step : {1, 7, 100'000}) {
    const auto back = read_back(archive, step);
    CHECK(back.ending.lossless());
    CHECK(back.records.size() == records.size());
  }
}

TEST_CASE("an empty file is told from a foreign one") {
  CHECK(refusal("") == "x: empty file, not a mitmkit archive");
  CHECK(refusal("\n\r\r\n.............") ==
        "x: not a mitmkit archive (looks like a pcapng capture)");
  CHECK(refusal("{\"log\":{}}") == "x: not a mitmkit archive (looks like a HAR file)");
  CHECK(refusal("hello") == "x: not a mitmkit archive (looks like a text file)");
  CHECK(refusal(Bytes(10'000, '\0')) == "x: not a mitmkit archive");
  CHECK(refusal(compressed("hello")) ==
        "x: not a mitmkit archive (looks like zstd-compressed data)");
  CHECK(refusal(compressed(Bytes(3'000'000, 'x'))) ==
        "x: not a mitmkit archive (looks like zstd-compressed data)");
}

TEST_CASE("a file that was cut off within its header says so") {
  const Bytes archive = Recording().bytes();
  CHECK(refusal(archive.substr(0, 20)) == "x: cut off before the first complete record");
}

TEST_CASE("a zstd file of other messages is not an archive") {
  const std::uint32_t empty_root[] = {0, 1, 0, 0};
  const Bytes message(reinterpret_cast<const char*>(empty_root), sizeof empty_root);
  std::shared_ptr<Bytes> content = std::make_shared<Bytes>();
  Bytes frame = compressed(message);
  CHECK(refusal(frame) == "x: not a mitmkit archive (looks like zstd-compressed data)");
}

TEST_CASE("a later format is refused with both versions") {
  const Bytes archive = Recording({.run_id = 1, .format = 2}).finish().bytes();
  const auto reader = Reader::open(std::make_unique<test::MemorySource>(archive), "new.flowz");
  REQUIRE_FALSE(reader);
  CHECK(reader.error().code == Code::kUnsupported);
  CHECK(reader.error().message == "new.flowz: archive format 2, but only 1 is known here");
  CHECK_FALSE(reader.error().hint.empty());
}

TEST_CASE("a run that was killed is not finished") {
  Recording recording;
  recording.write(test::text(100)).flush();
  const auto open_frame = read_back(recording.bytes());
  CHECK(open_frame.records.size() == 1);
  CHECK(open_frame.ending.torn_at == recording.bytes().size());
  recording.clock().advance(kMaxFrameAge);
  recording.write(test::text(100)).flush();
  const auto closed_frame = read_back(recording.bytes());
  CHECK(closed_frame.records.size() == 2);
  CHECK(describe(closed_frame.ending) == std::vector<std::string>{"not closed cleanly"});
}

TEST_CASE("joined archives read on, with a source number each") {
  const auto back =
      read_back(archive_of_run(1, 10) + archive_of_run(2, 10) + archive_of_run(3, 10));
  CHECK(back.ending.lossless());
  REQUIRE(back.records.size() == 3);
  REQUIRE(back.headers.size() == 3);
  for (std::uint16_t i = 0; i < 3; ++i) {
    CHECK(back.headers[i].source == i);
    CHECK(back.records[i].source == i);
    CHECK(back.records[i].flow == 10);
  }
}

TEST_CASE("joined archives are finished when the last one is") {
  Recording killed({.run_id = 2});
  killed.write(test::text(100)).flush();
  const auto back = read_back(archive_of_run(1, 10) + killed.bytes());
  CHECK_FALSE(back.ending.finished);
  CHECK(back.records.size() == 2);
  const auto middle = read_back(test::shrink(archive_of_run(1, 10), 0) + archive_of_run(2, 1));
  CHECK(middle.ending.finished);
}

TEST_CASE("after a lost beginning the rest of a long archive is read") {
  Recording recording;
  for (unsigned i = 0; i < 40; ++i) recording.write(test::noise(flow::kMaxChunk, i));
  const Bytes archive = recording.finish().bytes();
  for (const std::size_t octet : {0, 4, 6, 30}) {  // magic, frame header, block header, block
    const auto back = read_back(test::flip_bit(archive, octet, 3));
    CHECK_FALSE(back.error);
    CHECK(back.headers.empty());
    CHECK(back.ending.skipped.size() == 1);
    CHECK(back.ending.finished);
    CHECK(back.records.size() >= 9);
    CHECK((back.records.back() == test::noise(flow::kMaxChunk, 39)));
  }
}

TEST_CASE("a frame that blows up is refused in bounded memory") {
  const Bytes bomb = [] {
    Bytes content(100'000'000, '\0');
    return compressed(content);
  }();
  const Bytes archive = archive_of_run(1, 1);
  const auto back = read_back(archive + bomb + archive_of_run(1, 2));
  REQUIRE(back.ending.skipped.size() == 1);
  CHECK(back.ending.skipped[0].at == archive.size());
  CHECK(back.ending.skipped[0].bytes == bomb.size());
  CHECK(back.records.size() == 2);
}

TEST_CASE("verified content that makes no sense is skipped by its frame") {
  const Bytes garbage = [] {
    Bytes content(500, 'g');
    auto sink = std::make_shared<Bytes>();
    Bytes frame(ZSTD_compressBound(content.size()), '\0');
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    frame.resize(
        ZSTD_compress2(context, frame.data(), frame.size(), content.data(), content.size()));
    ZSTD_freeCCtx(context);
    return frame;
  }();
  const Bytes first = archive_of_run(1, 1);
  const auto back = read_back(first + garbage + archive_of_run(2, 2));
  CHECK(back.records.size() == 2);
  REQUIRE(back.ending.skipped.size() == 1);
  CHECK(back.ending.skipped[0].at == first.size());
  CHECK(back.ending.skipped[0].bytes == garbage.size());
}

TEST_CASE("records of a kind that only a later version knows are left out and counted") {
  MessageEncoder encoder;
  const Bytes header =
      encoder.encode(flow::Record{.event = flow::Header{.run_id = 1}}).value().bytes();
  const Bytes known =
      encoder.encode(flow::Record{.flow = 5, .event = flow::MessageEnd{}}).value().bytes();
  Bytes unknown = known;
  constexpr std::size_t kUnionTag = 16 + 26;  // behind segment table and root pointer
  unknown[kUnionTag] = 99;
  const Bytes end = encoder.encode(flow::Record{.event = flow::ArchiveEnd{}}).value().bytes();
  const auto archive = std::make_shared<Bytes>();
  test::MemorySink sink(archive);
  FrameWriter frames(sink, 3);
  REQUIRE(frames.write(header + unknown + known + unknown + end, FrameWriter::Then::kEnd));
  const auto back = read_back(*archive);
  CHECK(back.records.size() == 1);
  CHECK(back.ending.unknown_records == 2);
  CHECK(back.ending.lossless());
}

TEST_CASE("an archive that was not closed is told also when another is joined to it") {
  const Bytes whole = Recording({.run_id = 1}).write(test::text(100)).finish().bytes();
  Recording open({.run_id = 2});
  open.write(test::text(100)).flush();
  open.clock().advance(kMaxFrameAge);
  open.write(test::text(100)).flush();  // closes the frame, but not the archive
  CHECK(read_back(whole + whole).ending.lossless());
  const auto unclosed = read_back(open.bytes() + whole);
  CHECK(unclosed.ending.unclosed == 1);
  CHECK_FALSE(unclosed.ending.lossless());
  // Cut behind its last record, where its summaries should be.
  const Bytes cut = test::first_frame(whole) + Recording({.run_id = 3}).finish().bytes();
  CHECK(read_back(cut).ending.unclosed == 1);
  Recording told({.run_id = 4});
  told.write({.event = flow::CaptureGap{.reason = "repaired"}}).flush();
  told.clock().advance(kMaxFrameAge);
  CHECK(read_back(told.write({.event = flow::CaptureGap{.reason = "repaired"}}).flush().bytes() +
                  whole)
            .ending.unclosed == 0);
}
