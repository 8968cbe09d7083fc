#include "lib/render/json_text.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>

namespace mitm::render {
namespace {

/// Indentation makes the output grow with the product of depth and size, both of which are the
/// sender's choice; nobody reads what is beyond these.
constexpr unsigned kMaxDepth = 64;
constexpr std::size_t kMaxGrowth = 8;
constexpr std::size_t kSmall = 16 * 1024;  // grows as it may

/// Output stream of RapidJSON's; drops what is beyond `limit`.
class BoundedText {
 public:
  using Ch = char;

  explicit BoundedText(std::size_t limit) : limit_(limit) {}
  void Put(char c) {
    if (text_.size() < limit_) text_ += c;
  }
  void Flush() {}

  [[nodiscard]] bool is_full() const { return text_.size() >= limit_; }
  std::string take() { return std::move(text_); }

 private:
  std::size_t limit_;
  std::string text_;
};

/// Passes the reader's events on, numbers literally: converting them would lose digits. Ends the
/// parse by returning false.
class Indenting : public rapidjson::PrettyWriter<BoundedText> {
 public:
  using Base = rapidjson::PrettyWriter<BoundedText>;

  explicit Indenting(BoundedText& text) : Base(text), text_(text) { SetIndent(' ', 2); }

  bool StartObject() { return enter() && Base::StartObject(); }
  bool StartArray() { return enter() && Base::StartArray(); }
  bool EndObject(rapidjson::SizeType members) { return --depth_, Base::EndObject(members); }
  bool EndArray(rapidjson::SizeType elements) { return --depth_, Base::EndArray(elements); }
  bool RawNumber(const char* number, rapidjson::SizeType length, bool /*copy*/) {
    return !text_.is_full() && RawValue(number, length, rapidjson::kNumberType);
  }

 private:
  bool enter() { return ++depth_ <= kMaxDepth && !text_.is_full(); }

  BoundedText& text_;
  unsigned depth_ = 0;
};

}  // namespace

std::optional<std::string> indent_json(ByteView json) {
  BoundedText text(json.size() * kMaxGrowth + kSmall);
  Indenting writer(text);
  rapidjson::MemoryStream stream(json.data(), json.size());
  rapidjson::Reader reader;
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  if (reader.Parse<kFlags>(stream, writer).IsError() || text.is_full()) return std::nullopt;
  return text.take();
}

}  // namespace mitm::render
