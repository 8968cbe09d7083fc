#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/wire/char_class.h"
#include "lib/wire/http1_head.h"

/// Lines of HTTP/1 text, cut at LF, each with or without a CR before it.
namespace mitm::wire {

struct Line {
  ByteView text;         ///< without its end
  bool bare_lf = false;  ///< ended in LF alone
};

class LineReader {
 public:
  explicit LineReader(ByteView text) : rest_(text) {}
  /// The next line; what follows the last LF counts as one.
  std::optional<Line> next();
  [[nodiscard]] ByteView rest() const { return rest_; }

 private:
  ByteView rest_;
};

enum class FieldLine : std::uint8_t {
  kField,          ///< name, colon, value
  kNoColon,        ///< kept as a name without a value
  kFolded,         ///< continues the value of the field before
  kFoldedNothing,  ///< begins with white space, and no field comes before; not kept
};

/// Adds one line to the fields read so far. Names are kept as received, including white space.
FieldLine append_field_line(std::vector<Field>& fields, ByteView line);

/// Finds where a line, a head or a trailer section ends in a window that grows at its end, looking
/// at no octet twice.
class SectionScanner {
 public:
  enum class Until : std::uint8_t {
    kLineEnd,
    kBlankLine,           ///< a trailer section: the blank line may be the first
    kBlankLineAfterText,  ///< a head: leading blank lines do not end it
  };

  /// Begins anew.
  void start(Until until) { *this = SectionScanner(), until_ = until; }
  /// The offset behind the end, if the window holds it.
  std::optional<std::size_t> find_end(ByteView window);
  /// Where the first line with text begins.
  [[nodiscard]] std::size_t text_start() const { return text_start_; }
  /// Whether a line with text is complete.
  [[nodiscard]] bool has_text_line() const { return line_start_ > text_start_; }

 private:
  Until until_ = Until::kBlankLineAfterText;
  std::size_t searched_ = 0;
  std::size_t line_start_ = 0;
  std::size_t text_start_ = 0;
};

}  // namespace mitm::wire
