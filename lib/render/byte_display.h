#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lib/base/bytes.h"
#include "lib/render/options.h"

namespace mitm::render {

/// Shows bytes that come in pieces, cut anywhere, in one of the ways of BytesAs. Every line begins
/// with white space, so that no content can pass for a line of ours.
class ByteDisplay {
 public:
  virtual ~ByteDisplay() = default;
  virtual void append(std::string& out, ByteView piece) = 0;
  /// Shows what is left and ends the last line.
  virtual void end(std::string& out) = 0;
};

std::unique_ptr<ByteDisplay> make_display(BytesAs how);

/// Whether `sample`, the beginning of some content, is text: but for a stray octet in sixteen no
/// control characters other than white space, and either UTF-8 or, as far as `content_type` says
/// that it is text, another character set.
bool looks_like_text(ByteView sample, ByteView content_type);

}  // namespace mitm::render
