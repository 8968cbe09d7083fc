#pragma once

#include <cstdint>
#include <limits>

#include "lib/render/timestamp.h"

namespace mitm::render {

/// How much of a flow is shown. Each level shows what the one before it does, and more.
enum class Detail : std::uint8_t {
  kQuiet,       ///< a short line: time, method, URL, status
  kLine,        ///< a line: who, where to, sizes, duration
  kHeads,       ///< request and response heads, errors and anomalies in full
  kBodies,      ///< bodies, raw bytes, messages
  kEverything,  ///< connection, TLS, certificates, timings, and the bytes of what was malformed
};

/// How bytes of bodies and raw connections are shown.
enum class BytesAs : std::uint8_t {
  kText,      ///< text as text, JSON indented, anything else as a note of its size
  kAscii,     ///< every octet a character, a dot for what is not printable ASCII
  kHex,       ///< tcpdump -x
  kHexAscii,  ///< tcpdump -X
};

struct TextOptions {
  Detail detail = Detail::kLine;
  BytesAs bytes = BytesAs::kText;
  TimeFormat time = TimeFormat::kTimeOfDay;
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();  ///< octets shown of each body
  bool decode = true;                                               ///< undo Content-Encoding
  bool color = false;
  bool show_run = false;  ///< ids with their run, because there are several
};

}  // namespace mitm::render
