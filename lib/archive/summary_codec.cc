#include "lib/archive/summary_codec.h"

#include <fmt/format.h>
#include <kj/exception.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "lib/archive/capnp_values.h"
#include "lib/archive/format.h"
#include "lib/archive/frame_walker.h"
#include "lib/archive/little_endian.h"
#include "lib/archive/message_space.h"
#include "lib/archive/row_codec.h"
#include "lib/base/c_ptr.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

namespace mitm::archive {
namespace {

constexpr int kLevel = 1;

/// Rows with long texts need more.
std::size_t words_expected(const Index& index) { return 64 + index.rows.size() * 64; }
std::size_t words_expected(const Directory& directory) { return 16 + directory.entries.size() * 6; }

void put(const Index& index, schema::Summary::Builder summary) {
  auto out = summary.initIndex();
  out.setFrameSize(index.frame.frame_size);
  out.setContentSize(index.frame.content_size);
  out.setRecords(index.frame.records);
  out.setFirstTime(nanoseconds(index.frame.first_time));
  out.setLastTime(nanoseconds(index.frame.last_time));
  out.setGaps(index.frame.gaps);
  auto rows = out.initRows(static_cast<capnp::uint>(index.rows.size()));
  capnp::uint next = 0;
  for (const FlowRow& row : index.rows) put_row(row, rows[next++]);
}

void put(const Directory& directory, schema::Summary::Builder summary) {
  auto out = summary.initDirectory();
  out.setPrevious(directory.previous);
  auto entries = out.initEntries(static_cast<capnp::uint>(directory.entries.size()));
  for (capnp::uint i = 0; i < entries.size(); ++i) {
    const Directory::Entry& entry = directory.entries[i];
    auto stored = entries[i];
    stored.setIndex(entry.index);
    stored.setRows(entry.rows);
    stored.setLowestFlow(entry.lowest_flow);
    stored.setHighestFlow(entry.highest_flow);
    stored.setFirstTime(nanoseconds(entry.first_time));
    stored.setLastTime(nanoseconds(entry.last_time));
  }
}

Directory::Entry entry_of(schema::Directory::Entry::Reader in) {
  return {.index = in.getIndex(),
          .rows = in.getRows(),
          .lowest_flow = in.getLowestFlow(),
          .highest_flow = in.getHighestFlow(),
          .first_time = record_time(in.getFirstTime()),
          .last_time = record_time(in.getLastTime())};
}

}  // namespace

struct SummaryEncoder::Scratch {
  MessageSpace space;
  CPtr<ZSTD_CCtx, ZSTD_freeCCtx> context{ZSTD_createCCtx()};
  std::size_t capacity = 0;
  std::unique_ptr<char[]> frame;

  template <class Summary>
  Result<ByteView> encode(const Summary& summary);
  Result<ByteView> compress(ByteView content);
};

/// One segment, so that a reader needs no copy.
template <class Summary>
Result<ByteView> SummaryEncoder::Scratch::encode(const Summary& summary) {
  space.reserve(words_expected(summary));
  capnp::MessageBuilder& message = space.begin();
  put(summary, message.initRoot<schema::Summary>());
  if (const auto content = space.end()) return compress(*content);
  const auto copy = capnp::messageToFlatArray(message);
  const auto content = copy.asChars();
  return compress({content.begin(), content.size()});
}

Result<ByteView> SummaryEncoder::Scratch::compress(ByteView content) {
  if (content.size() > kMaxSummary) return fail(Code::kLimit, "a summary is too large");
  if (const std::size_t bound = kSkippableHeader + ZSTD_compressBound(content.size());
      bound > capacity) {
    frame = std::make_unique_for_overwrite<char[]>(bound);
    capacity = bound;
  }
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  const std::size_t size =
      ZSTD_compress2(context.get(), frame.get() + kSkippableHeader, capacity - kSkippableHeader,
                     content.data(), content.size());
  if (ZSTD_isError(size) != 0)
    return fail(Code::kIo, fmt::format("compress a summary: {}", ZSTD_getErrorName(size)));
  if (kSkippableHeader + size > kMaxSkippable) return fail(Code::kLimit, "a summary is too large");
  const Bytes header = to_little_endian(kSummaryMagic, 4) + to_little_endian(size, 4);
  std::ranges::copy(header, frame.get());
  return ByteView(frame.get(), kSkippableHeader + size);
}

SummaryEncoder::SummaryEncoder() : scratch_(std::make_unique<Scratch>()) {}
SummaryEncoder::~SummaryEncoder() = default;

Result<ByteView> SummaryEncoder::encode(const Index& index) { return scratch_->encode(index); }

Result<ByteView> SummaryEncoder::encode(const Directory& directory) {
  return scratch_->encode(directory);
}

struct SummaryDecoder::Loaded {
  CPtr<ZSTD_DCtx, ZSTD_freeDCtx> context{ZSTD_createDCtx()};
  std::vector<std::uint64_t> words;
  std::optional<capnp::FlatArrayMessageReader> message;
  capnp::List<schema::FlowRow>::Reader rows;

  /// False when the frame holds no summary whose checksum is right.
  bool load(ByteView frame);
  std::optional<schema::Summary::Reader> root();
};

bool SummaryDecoder::Loaded::load(ByteView frame) {
  rows = {};
  message.reset();
  if (frame.size() < kSkippableHeader || !is_summary(frame)) return false;
  const ByteView payload = frame.substr(kSkippableHeader);
  const auto size = ZSTD_getFrameContentSize(payload.data(), payload.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > kMaxSummary ||
      size % sizeof(std::uint64_t) != 0) {
    return false;
  }
  words.resize(size / sizeof(std::uint64_t));
  return ZSTD_decompressDCtx(context.get(), words.data(), size, payload.data(), payload.size()) ==
         size;
}

std::optional<schema::Summary::Reader> SummaryDecoder::Loaded::root() {
  const capnp::ReaderOptions options{.traversalLimitInWords = 8 * words.size() + 64,
                                     .nestingLimit = 8};
  message.emplace(kj::arrayPtr(reinterpret_cast<const capnp::word*>(words.data()), words.size()),
                  options);
  return message->getRoot<schema::Summary>();
}

SummaryDecoder::SummaryDecoder() : loaded_(std::make_unique<Loaded>()) {}
SummaryDecoder::~SummaryDecoder() = default;

bool SummaryDecoder::is_intact(ByteView frame) { return loaded_->load(frame); }

std::optional<Directory> SummaryDecoder::directory(ByteView frame) {
  if (!loaded_->load(frame)) return std::nullopt;
  try {
    const auto root = loaded_->root();
    if (!root->isDirectory()) return std::nullopt;
    Directory directory{.previous = root->getDirectory().getPrevious(), .entries = {}};
    for (const auto entry : root->getDirectory().getEntries())
      directory.entries.push_back(entry_of(entry));
    return directory;
  } catch (const kj::Exception&) {
    return std::nullopt;
  }
}

std::optional<FrameFacts> SummaryDecoder::index(ByteView frame) {
  if (!loaded_->load(frame)) return std::nullopt;
  try {
    const auto root = loaded_->root();
    if (!root->isIndex()) return std::nullopt;
    const auto index = root->getIndex();
    loaded_->rows = index.getRows();
    return FrameFacts{.frame_size = index.getFrameSize(),
                      .content_size = index.getContentSize(),
                      .records = index.getRecords(),
                      .first_time = record_time(index.getFirstTime()),
                      .last_time = record_time(index.getLastTime()),
                      .gaps = index.getGaps()};
  } catch (const kj::Exception&) {
    return std::nullopt;
  }
}

std::uint32_t SummaryDecoder::rows() const { return loaded_->rows.size(); }

std::optional<FlowRow> SummaryDecoder::row(std::uint32_t number) const {
  try {
    return row_of(loaded_->rows[number]);
  } catch (const kj::Exception&) {
    return std::nullopt;
  }
}

std::optional<RowKey> SummaryDecoder::key(std::uint32_t number) const {
  try {
    const auto row = loaded_->rows[number];
    return RowKey{.flow = row.getFlow(), .run = row.getRun()};
  } catch (const kj::Exception&) {
    return std::nullopt;
  }
}

}  // namespace mitm::archive
