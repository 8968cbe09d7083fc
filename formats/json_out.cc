#include "formats/json_out.h"

#include <fmt/format.h>
#include <rapidjson/writer.h>

#include "formats/json_string.h"
#include "lib/base/utf8.h"

namespace mitm::formats {
namespace {

constexpr std::size_t kFlushSize = 64 * 1024;

/// Output stream of RapidJSON's.
struct Text {
  using Ch = char;
  void Put(char c) { content += c; }
  void Flush() {}
  std::string content;
};

rapidjson::SizeType size_of(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

}  // namespace

struct JsonOut::Writer {
  Text text;
  rapidjson::Writer<Text> json{text};
};

JsonOut::JsonOut(ByteSink& sink) : sink_(sink), writer_(std::make_unique<Writer>()) {}

JsonOut::~JsonOut() = default;

void JsonOut::begin_object() { writer_->json.StartObject(); }

void JsonOut::end_object() { writer_->json.EndObject(); }

void JsonOut::begin_array() { writer_->json.StartArray(); }

void JsonOut::end_array() { writer_->json.EndArray(); }

void JsonOut::null() { writer_->json.Null(); }

void JsonOut::boolean(bool value) { writer_->json.Bool(value); }

void JsonOut::number(double value) { writer_->json.Double(value); }

void JsonOut::small(unsigned value) { writer_->json.Uint(value); }

std::string& JsonOut::text() { return writer_->text.content; }

void JsonOut::end_string() { text() += '"'; }

JsonOut& JsonOut::key(std::string_view name) {
  writer_->json.Key(name.data(), size_of(name));
  return *this;
}

void JsonOut::large(std::uint64_t value) {
  const fmt::format_int digits(value);
  writer_->json.String(digits.data(), size_of({digits.data(), digits.size()}));
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
  writer_->json.RawValue("", 0, rapidjson::kStringType);
  text() += '"';
}

bool JsonOut::flush_if_large() {
  if (text().size() < kFlushSize) return written_.has_value();
  if (written_) written_ = sink_.write(text());
  text().clear();
  return written_.has_value();
}

Status JsonOut::finish() {
  text() += '\n';
  if (written_) written_ = sink_.write(text());
  text().clear();
  writer_->json.Reset(writer_->text);
  return written_;
}

}  // namespace mitm::formats
