#include "formats/json_out.h"

#include <fmt/format.h>

#include "formats/json_string.h"
#include "lib/base/utf8.h"

namespace mitm::formats {
namespace {

constexpr std::size_t kFlushSize = 64 * 1024;

}  // namespace

JsonOut& JsonOut::key(std::string_view name) {
  writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  return *this;
}

void JsonOut::large(std::uint64_t value) {
  const fmt::format_int digits(value);
  writer_.String(digits.data(), static_cast<rapidjson::SizeType>(digits.size()));
}

void JsonOut::string(ByteView value) {
  if (is_utf8(value)) {
    begin_string();
    append_json_escaped(text(), value);
    end_string();
    return;
  }
  begin_object();
  key("base64").begin_string();
  Base64Encoder encoder;
  encoder.append(text(), value);
  encoder.finish(text());
  end_string();
  end_object();
}

void JsonOut::begin_string() {
  // Writes the comma or colon that is due; the string itself is ours.
  writer_.RawValue("", 0, rapidjson::kStringType);
  text_.text += '"';
}

bool JsonOut::flush_if_large() {
  if (text_.text.size() < kFlushSize) return written_.has_value();
  if (written_) written_ = sink_.write(text_.text);
  text_.text.clear();
  return written_.has_value();
}

Status JsonOut::finish() {
  text_.text += '\n';
  if (written_) written_ = sink_.write(text_.text);
  text_.text.clear();
  writer_.Reset(text_);
  return written_;
}

}  // namespace mitm::formats
