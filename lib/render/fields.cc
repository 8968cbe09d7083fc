#include "lib/render/fields.h"

#include <algorithm>

namespace mitm::render {
namespace {

std::vector<wire::Field> views(const std::vector<flow::HeaderField>& fields) {
  std::vector<wire::Field> result;
  result.reserve(fields.size());
  for (const flow::HeaderField& field : fields) result.push_back({field.name, field.value});
  return result;
}

template <class Head>
std::vector<wire::Field> fields_of(const Head& head) {
  if (head.raw.empty()) return views(head.fields);
  return wire::parse_fields(wire::field_section(head.raw));
}

bool same_name(ByteView a, ByteView b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::vector<wire::Field> header_fields(const flow::RequestHead& head) { return fields_of(head); }

std::vector<wire::Field> header_fields(const flow::ResponseHead& head) { return fields_of(head); }

std::vector<wire::Field> header_fields(const flow::Trailers& trailers) {
  return trailers.raw.empty() ? views(trailers.fields) : wire::parse_fields(trailers.raw);
}

std::optional<std::string> header_value(const std::vector<wire::Field>& fields, ByteView name) {
  std::optional<std::string> joined;
  for (const wire::Field& field : fields) {
    if (!same_name(field.name, name)) continue;
    if (joined) {
      joined->append(", ").append(field.value);
    } else {
      joined.emplace(field.value);
    }
  }
  return joined;
}

}  // namespace mitm::render
