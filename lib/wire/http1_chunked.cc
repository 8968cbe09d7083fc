#include "lib/wire/http1_chunked.h"

#include <algorithm>

#include "lib/wire/char_class.h"
#include "lib/wire/http1_fields.h"

namespace mitm::wire {
namespace {

constexpr ByteView kCrlf = "\r\n";
/// As many digits as a 64-bit number has; more can only be leading zeros.
constexpr std::size_t kMaxSizeDigits = 16;

/// Reports what is unusual about a size line. The size's digits, with nothing that llhttp would
/// refuse after them, or the line as it is where llhttp will have to refuse it.
ByteView check_chunk_line(const Line& line, OddityLog& log) {
  check_line(line, log);
  const auto is_hex = [](char c) { return (char_bits(c) & kHexChar) != 0; };
  const auto end = std::ranges::find_if_not(line.text, is_hex);
  const auto digits = static_cast<std::size_t>(end - line.text.begin());
  const ByteView after = line.text.substr(digits);
  if (digits == 0 || digits > kMaxSizeDigits) log.add(OddityId::kUnusualChunkSize, line.text);
  if (after.empty()) return line.text;
  const ByteView extension = trim(after);
  if (extension.size() != after.size()) log.add(OddityId::kUnusualChunkSize, line.text);
  if (extension.empty()) return line.text.substr(0, digits);
  if (extension.front() == ';') {
    log.add(OddityId::kChunkExtension, extension);
    const bool clean = (bits_of(extension) & (kCrChar | kNulChar | kControlChar)) == 0;
    return clean ? line.text.substr(0, digits) : line.text;
  }
  log.add(OddityId::kUnusualChunkSize, line.text);
  return line.text;
}

}  // namespace

void ChunkedBody::begin() { enter(Part::kLine); }

void ChunkedBody::enter(Part part) {
  part_ = part;
  scanner_.start(part == Part::kTrailers ? SectionScanner::Until::kBlankLine
                                         : SectionScanner::Until::kLineEnd);
}

Result<std::optional<ChunkedBody::Piece>> ChunkedBody::next(Http1Input& input, OddityLog& log) {
  switch (part_) {
    case Part::kLine:
      return next_line(input, log);
    case Part::kData:
      return next_data(input);
    case Part::kDataEnd:
      return next_data_end(input, log);
    case Part::kTrailers:
      return next_trailers(input, log);
  }
  return std::nullopt;
}

Result<std::optional<ChunkedBody::Piece>> ChunkedBody::next_line(Http1Input& input,
                                                                 OddityLog& log) {
  const ByteView window = input.window(limits_.max_chunk_line + 1);
  const auto end = scanner_.find_end(window);
  if (end.value_or(window.size()) > limits_.max_chunk_line) {
    log.add(OddityId::kUnusualChunkSize, window.substr(0, limits_.max_chunk_line));
    return fail(Code::kLimit, "a chunk's size and extensions exceed the limit");
  }
  if (!end) return std::nullopt;
  const Line line = LineReader(window.substr(0, *end)).next().value_or(Line{});
  const ByteView size_text = check_chunk_line(line, log);
  if (line.bare_lf) return fail(Code::kProtocol, "a chunk's size line ends in LF without CR");
  MITM_TRY(judge_.judge_chunk_bytes(size_text));
  const auto size = judge_.judge_chunk_line(kCrlf);
  if (!size) return std::unexpected(size.error());
  left_ = *size;
  enter(left_ > 0 ? Part::kData : Part::kTrailers);
  return Piece{.event = BodyData{.data = {}, .wire = input.take_window(*end)}};
}

Result<std::optional<ChunkedBody::Piece>> ChunkedBody::next_data(Http1Input& input) {
  const ByteView data =
      input.take(static_cast<std::size_t>(std::min<std::uint64_t>(left_, SIZE_MAX)));
  if (data.empty()) return std::nullopt;
  MITM_TRY(judge_.judge_chunk_bytes(data));
  left_ -= data.size();
  if (left_ == 0) enter(Part::kDataEnd);
  return Piece{.event = BodyData{.data = data, .wire = data}};
}

Result<std::optional<ChunkedBody::Piece>> ChunkedBody::next_data_end(Http1Input& input,
                                                                     OddityLog& log) {
  const ByteView window = input.window(kCrlf.size());
  if (window != kCrlf.substr(0, window.size())) {
    log.add(OddityId::kMissingCrlfAfterChunk, window.substr(0, 1));
    return fail(Code::kProtocol, "a chunk's data is not followed by CRLF");
  }
  if (window.size() < kCrlf.size()) return std::nullopt;
  MITM_TRY(judge_.judge_chunk_bytes(window));
  enter(Part::kLine);
  return Piece{.event = BodyData{.data = {}, .wire = input.take_window(window.size())}};
}

Result<std::optional<ChunkedBody::Piece>> ChunkedBody::next_trailers(Http1Input& input,
                                                                     OddityLog& log) {
  const ByteView window = input.window(limits_.max_head + 1);
  const auto end = scanner_.find_end(window);
  if (end.value_or(window.size()) > limits_.max_head) {
    log.add(OddityId::kHeadTooLarge, window.substr(0, limits_.max_head));
    return fail(Code::kLimit, "a trailer section exceeds the limit");
  }
  if (!end) return std::nullopt;
  const ByteView section = window.substr(0, *end);
  std::vector<Field> fields;
  const bool plain = read_trailer_fields(section, fields, log);
  MITM_TRY(judge_.judge_trailers(plain ? section : kCrlf));
  const std::size_t blank_line = section.ends_with(kCrlf) ? kCrlf.size() : 1;
  const ByteView wire = input.take_window(*end);
  if (wire.size() == blank_line)
    return Piece{.event = BodyData{.data = {}, .wire = wire}, .last = true};
  return Piece{.event = Trailers{.raw = wire.substr(0, wire.size() - blank_line), .wire = wire},
               .last = true};
}

}  // namespace mitm::wire
