#include "lib/wire/http1_head.h"

#include <algorithm>
#include <array>

#include "lib/wire/http1_lines.h"

namespace mitm::wire {

ByteView start_line(ByteView raw_head) { return LineReader(raw_head).next().value_or(Line{}).text; }

ByteView field_section(ByteView raw_head) {
  LineReader lines(raw_head);
  lines.next();
  return lines.rest();
}

std::vector<Field> parse_fields(ByteView section) {
  std::vector<Field> fields;
  LineReader lines(section);
  for (auto line = lines.next(); line && !line->text.empty(); line = lines.next()) {
    append_field_line(fields, line->text);
  }
  return fields;
}

std::optional<ByteView> find_field(ByteView section, ByteView name) {
  return find_field(parse_fields(section), name);
}

std::optional<ByteView> find_field(std::span<const Field> fields, ByteView name) {
  const auto found =
      std::ranges::find_if(fields, [&](const Field& field) { return same_word(field.name, name); });
  return found == fields.end() ? std::nullopt : std::optional(found->value);
}

bool is_idempotent(ByteView method) {
  constexpr std::array<ByteView, 6> kIdempotent = {"GET",   "HEAD", "OPTIONS",
                                                   "TRACE", "PUT",  "DELETE"};
  return std::ranges::find(kIdempotent, method) != kIdempotent.end();
}

}  // namespace mitm::wire
