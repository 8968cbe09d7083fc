#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Constants that the writer and the reader of an archive share. formats/README.md is the description.
namespace mitm::archive {

inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::uint32_t kZstdMagic = 0xFD2FB528;             ///< RFC 8878, section 3.1.1
inline constexpr std::uint32_t kSkippableMagic = 0x184D2A50;        ///< RFC 8878, section 3.1.2; 16 values
inline constexpr std::size_t kMaxFrameContent = 1024 * 1024;        ///< a data frame is closed before it holds more
inline constexpr std::chrono::seconds kMaxFrameAge{30};
inline constexpr std::chrono::milliseconds kFlushInterval{200};
inline constexpr std::size_t kMaxRecord = 320 * 1024;               ///< no stored record is larger
inline constexpr std::size_t kRememberedChains = 1024;              ///< certificate chains not stored again
inline constexpr std::uint64_t kChainRepeat = 256ULL * 1024 * 1024; ///< content after which they are

}  // namespace mitm::archive
