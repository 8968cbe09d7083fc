#include "cmd/mitm-record/environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace mitm::record {
namespace {

bool names(std::string_view entry, std::string_view name) {
  return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
}

}  // namespace

Environment Environment::of_this_process() {
  Environment result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    result.entries_.emplace_back(*entry);
  return result;
}

std::optional<std::string> Environment::get(std::string_view name) const {
  const auto entry =
      std::ranges::find_if(entries_, [&](const std::string& text) { return names(text, name); });
  if (entry == entries_.end() || entry->size() == name.size() + 1) return std::nullopt;
  return entry->substr(name.size() + 1);
}

void Environment::set(std::string_view name, std::string_view value) {
  remove(name);
  entries_.push_back(fmt::format("{}={}", name, value));
}

void Environment::remove(std::string_view name) {
  std::erase_if(entries_, [&](const std::string& text) { return names(text, name); });
}

}  // namespace mitm::record
