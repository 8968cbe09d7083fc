#pragma once

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

/// Constants that the writer and the reader of an archive share; formats/README.md explains them.
namespace mitm::archive {

inline constexpr std::uint32_t kFormatVersion = 1;

/// RFC 8878, section 3.1.1.
inline constexpr std::uint32_t kZstdMagic = 0xFD2FB528;
/// RFC 8878, section 3.1.2: the first of 16 values.
inline constexpr std::uint32_t kSkippableMagic = 0x184D2A50;

/// Of the skippable frames that hold summaries.
inline constexpr std::uint32_t kSummaryMagic = 0x184D2A5C;
/// Of zstd's seekable format, version 0.1.0: of the frame, and of its last four octets.
inline constexpr std::uint32_t kSeekTableMagic = 0x184D2A5E;
inline constexpr std::uint32_t kSeekTableEnd = 0x8F92EAB1;

/// A data frame is closed before it holds more, or at this age.
inline constexpr std::size_t kMaxFrameContent = 1024 * 1024;
inline constexpr int kWindowLog = std::bit_width(kMaxFrameContent) - 1;
inline constexpr std::chrono::seconds kMaxFrameAge{30};
/// Its size in the file: content that does not compress, and the headers of many flushed blocks.
inline constexpr std::size_t kMaxFrameSize = kMaxFrameContent + 128 * 1024;
/// The largest skippable frame but for the seek table, and what a summary is decompressed.
inline constexpr std::size_t kMaxSkippable = 2 * 1024 * 1024;
inline constexpr std::size_t kMaxSummary = 4 * 1024 * 1024;
/// Index frames between two directories.
inline constexpr std::size_t kDirectoryEntries = 4096;
/// The largest window of a frame that a reader accepts.
inline constexpr std::uint64_t kMaxWindow = 8 * 1024 * 1024;

/// No stored record is larger.
inline constexpr std::size_t kMaxRecord = 320 * 1024;
/// A checkpoint follows once so much content stands without one, in a frame that is compressed. One
/// that is stored has one where it is flushed and at its end, because its own checksum serves for
/// the first.
inline constexpr std::size_t kCheckpointEvery = 128 * 1024;

/// Certificate chains that are not stored again: so many of those used last, which together occupy
/// at most so many octets, for so much content.
inline constexpr std::size_t kRememberedChains = 1024;
inline constexpr std::size_t kRememberedChainBytes = 16 * 1024 * 1024;
inline constexpr std::uint64_t kChainRepeat = 256ULL * 1024 * 1024;

}  // namespace mitm::archive
