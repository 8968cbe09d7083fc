#include "lib/archive/seek_table.h"

#include <algorithm>

#include "lib/archive/format.h"
#include "lib/archive/frame_walker.h"
#include "lib/archive/little_endian.h"

namespace mitm::archive {
namespace {

constexpr std::size_t kEntry = 8;
constexpr std::size_t kFooter = 9;  // number of frames, descriptor, magic number

}  // namespace

void SeekTable::add(std::uint64_t frame_size, std::uint64_t content_size) {
  frames_.emplace_back(static_cast<std::uint32_t>(frame_size),
                       static_cast<std::uint32_t>(content_size));
}

Bytes SeekTable::encode() const {
  const std::size_t size = frames_.size() * kEntry + kFooter;
  Bytes table;
  table.reserve(kSkippableHeader + size);
  table += to_little_endian(kSeekTableMagic, 4) + to_little_endian(size, 4);
  for (const auto& [frame, content] : frames_)
    table += to_little_endian(frame | std::uint64_t{content} << 32, kEntry);
  constexpr char kNoChecksums = 0;
  table += to_little_endian(frames_.size(), 4) + kNoChecksums + to_little_endian(kSeekTableEnd, 4);
  return table;
}

Result<std::optional<SeekTableFacts>> read_seek_table(const RandomFile& file, std::uint64_t end) {
  if (end < kSkippableHeader + kFooter) return std::nullopt;
  Bytes buffer;
  MITM_TRY(file.read(end - kFooter, kFooter, buffer));
  const std::uint64_t frames = little_endian(ByteView(buffer).substr(0, 4));
  const bool has_checksums = buffer[4] != 0;
  if (little_endian(ByteView(buffer).substr(5)) != kSeekTableEnd || has_checksums || frames == 0)
    return std::nullopt;
  const std::uint64_t size = kSkippableHeader + frames * kEntry + kFooter;
  if (size > end) return std::nullopt;
  SeekTableFacts facts{.begin = end - size};
  MITM_TRY(file.read(facts.begin, kSkippableHeader, buffer));
  if (!is_seek_table(buffer) || skippable_size(buffer) != size) return std::nullopt;

  constexpr std::uint64_t kAtOnce = 8192;
  std::uint64_t octets = 0;
  for (std::uint64_t done = 0; done < frames; done += kAtOnce) {
    const std::uint64_t count = std::min(kAtOnce, frames - done);
    MITM_TRY(file.read(facts.begin + kSkippableHeader + done * kEntry, count * kEntry, buffer));
    for (ByteView rest = buffer; !rest.empty(); rest.remove_prefix(kEntry)) {
      facts.last_frame = little_endian(rest.substr(0, 4));
      octets += facts.last_frame;
      if (little_endian(rest.substr(4, 4)) > 0) ++facts.data_frames;
    }
  }
  if (octets > facts.begin) return std::nullopt;
  facts.base = facts.begin - octets;
  facts.last_frame = facts.begin - facts.last_frame;
  return facts;
}

}  // namespace mitm::archive
