#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/filter/number_condition.h"
#include "lib/filter/predicate.h"
#include "lib/filter/subject.h"

/// The words that ask for one property of a flow, and how it is found. Internal to this folder.
namespace mitm::filter {

/// A question without a value.
struct FlagWord {
  std::string_view name;
  bool (*holds)(const flow::Flow&);
};

struct TextWord {
  std::string_view name;
  Known needs;
  void (*visit)(const flow::Flow&, Of, const Visit&);
  bool is_optional = false;  ///< without a value: whether there is any
  bool is_sided = false;     ///< "request" or "response" may stand before it
};

struct NumberWord {
  std::string_view name;
  Unit unit;
  Known needs;
  std::optional<std::int64_t> (*number)(const flow::Flow&, Of);
  bool is_sided = false;
};

/// Null: there is none of that name.
const FlagWord* find_flag(std::string_view name);
const TextWord* find_text(std::string_view name);
const NumberWord* find_number(std::string_view name);

}  // namespace mitm::filter
