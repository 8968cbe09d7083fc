#include "lib/wire/http1_fields.h"

#include <limits>

#include "lib/wire/char_class.h"

namespace mitm::wire {
namespace {

constexpr std::size_t kLongLine = 8 * 1024;

enum class Known : std::uint8_t { kOther, kHost, kConnection, kContentLength, kTransferEncoding };

Known known_field(ByteView name) {
  switch (name.size()) {
    case 4:
      return same_word(name, "Host") ? Known::kHost : Known::kOther;
    case 10:
      return same_word(name, "Connection") ? Known::kConnection : Known::kOther;
    case 14:
      return same_word(name, "Content-Length") ? Known::kContentLength : Known::kOther;
    case 17:
      return same_word(name, "Transfer-Encoding") ? Known::kTransferEncoding : Known::kOther;
    default:
      return Known::kOther;
  }
}

bool is_framing_or_routing(Known known) {
  return known == Known::kHost || known == Known::kContentLength ||
         known == Known::kTransferEncoding;
}

/// Leading zeros are valid, but some parsers take them for octal.
std::optional<std::uint64_t> parse_length(ByteView digits, OddityLog& log) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (digits.empty()) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') log.add(OddityId::kBadContentLength, digits);
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (kMax - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

void read_content_length(ByteView value, FieldFacts& facts, OddityLog& log) {
  ContentLength& length = facts.content_length;
  ByteView rest = value;
  do {
    const auto parsed = parse_length(trim(cut_item(rest, ',')), log);
    if (length.present) {
      facts.plain = false;
      log.add(OddityId::kDuplicateContentLength, value);
    }
    if (!parsed) {
      length.invalid = true;
      log.add(OddityId::kBadContentLength, value);
    } else if (length.present && !length.invalid && *parsed != length.value) {
      length.conflicting = true;
      log.add(OddityId::kConflictingContentLength, value);
    } else {
      length.value = *parsed;
    }
    length.present = true;
  } while (!rest.empty());
}

void read_transfer_encoding(ByteView value, FieldFacts& facts, OddityLog& log) {
  if (facts.transfer_encoding || value != "chunked")
    log.add(OddityId::kUnusualTransferEncoding, value);
  facts.transfer_encoding = true;
}

void read_connection(ByteView value, OddityLog& log) {
  for (ByteView rest = value; !rest.empty();) {
    if (is_framing_or_routing(known_field(trim(cut_item(rest, ','))))) {
      log.add(OddityId::kFramingFieldInConnection, value);
    }
  }
}

void read_known_field(const Field& field, FieldFacts& facts, OddityLog& log) {
  switch (known_field(trim(field.name))) {
    case Known::kOther:
      return;
    case Known::kHost:
      ++facts.hosts;
      facts.host = field.value;
      return;
    case Known::kConnection:
      read_connection(field.value, log);
      return;
    case Known::kContentLength:
      read_content_length(field.value, facts, log);
      return;
    case Known::kTransferEncoding:
      read_transfer_encoding(field.value, facts, log);
      return;
  }
}

bool check_name(ByteView name, OddityLog& log) {
  if (is_token(name)) return true;
  const ByteView trimmed = trim(name);
  if (trimmed.size() != name.size()) log.add(OddityId::kSpaceBeforeColon, name);
  if (trimmed.empty()) {
    log.add(OddityId::kEmptyFieldName);
  } else if (!is_token(trimmed)) {
    log.add(OddityId::kBadFieldName, name);
  }
  return false;
}

/// Appends the line to `fields`; false when it is not plain.
bool read_field_line(const Line& line, std::vector<Field>& fields, OddityLog& log) {
  const bool plain = check_line(line, log);
  switch (append_field_line(fields, line.text)) {
    case FieldLine::kField:
      return check_name(fields.back().name, log) && plain;
    case FieldLine::kNoColon:
      log.add(OddityId::kFieldWithoutColon, line.text);
      return false;
    case FieldLine::kFolded:
      log.add(OddityId::kObsFold, line.text);
      return false;
    case FieldLine::kFoldedNothing:
      log.add(OddityId::kSpaceBeforeFirstField, line.text);
      return false;
  }
  return false;
}

bool read_field_lines(ByteView section, std::vector<Field>& fields, OddityLog& log) {
  fields.clear();
  bool plain = true;
  LineReader lines(section);
  for (auto line = lines.next(); line; line = lines.next()) {
    if (line->text.empty()) return check_line(*line, log) && plain;
    plain = read_field_line(*line, fields, log) && plain;
  }
  return plain;
}

}  // namespace

bool check_line(const Line& line, OddityLog& log) {
  if (line.bare_lf) log.add(OddityId::kBareLf, line.text);
  if (line.text.size() > kLongLine) log.add(OddityId::kLongLine, line.text);
  if (is_printable(line.text)) return !line.bare_lf;
  const std::uint8_t bits = bits_of(line.text);
  if ((bits & (kCrChar | kNulChar | kControlChar | kHighChar)) == 0) return !line.bare_lf;
  if ((bits & kCrChar) != 0) log.add(OddityId::kBareCr, line.text);
  if ((bits & kNulChar) != 0) log.add(OddityId::kNul, line.text);
  if ((bits & kControlChar) != 0) log.add(OddityId::kControlInValue, line.text);
  if ((bits & kHighChar) != 0) log.add(OddityId::kObsText, line.text);
  return !line.bare_lf && (bits & (kCrChar | kNulChar | kControlChar)) == 0;
}

FieldFacts read_head_fields(ByteView section, std::vector<Field>& fields, OddityLog& log) {
  FieldFacts facts;
  facts.plain = read_field_lines(section, fields, log);
  for (const Field& field : fields) read_known_field(field, facts, log);
  if (facts.content_length.present && facts.transfer_encoding) {
    facts.plain = false;
    log.add(OddityId::kContentLengthWithTransferEncoding);
  }
  return facts;
}

bool read_trailer_fields(ByteView section, std::vector<Field>& fields, OddityLog& log) {
  const bool plain = read_field_lines(section, fields, log);
  for (const Field& field : fields) {
    if (is_framing_or_routing(known_field(trim(field.name)))) {
      log.add(OddityId::kFramingFieldInTrailer, field.name);
      return false;
    }
  }
  return plain;
}

}  // namespace mitm::wire
