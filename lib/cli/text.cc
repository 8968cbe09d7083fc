#include "lib/cli/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace mitm::cli {
namespace {

constexpr std::string_view kReference = "\\flag{";

}  // namespace

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (true) {
    const std::size_t begin = text.find_first_not_of(" \n");
    if (begin == text.npos) return lines;
    text.remove_prefix(begin);
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(word.size());
    if (lines.empty() || lines.back().size() + 1 + word.size() > width) {
      lines.emplace_back(word);
    } else {
      lines.back() += ' ';
      lines.back() += word;
    }
  }
}

std::vector<std::string> paragraphs(std::string_view prose) {
  std::vector<std::string> out;
  while (!prose.empty()) {
    const std::size_t end = prose.find("\n\n");
    const auto lines = wrap(prose.substr(0, end), prose.size());
    if (!lines.empty()) out.push_back(lines.front());
    prose.remove_prefix(end == prose.npos ? prose.size() : end + 2);
  }
  return out;
}

std::string expand_prose(std::string_view prose,
                         const std::function<std::string(std::string_view)>& plain,
                         const std::function<std::string(std::string_view)>& name_flag) {
  std::string out;
  while (true) {
    const std::size_t at = prose.find(kReference);
    const std::size_t end = at == prose.npos ? prose.npos : prose.find('}', at);
    if (end == prose.npos) return out + plain(prose);
    out += plain(prose.substr(0, at));
    out += name_flag(prose.substr(at + kReference.size(), end - at - kReference.size()));
    prose.remove_prefix(end + 1);
  }
}

std::vector<std::string> flag_references(std::string_view prose) {
  std::vector<std::string> names;
  expand_prose(
      prose, [](std::string_view) { return std::string(); },
      [&](std::string_view name) {
        names.emplace_back(name);
        return std::string();
      });
  return names;
}

std::string plain_prose(std::string_view prose) {
  return expand_prose(
      prose, [](std::string_view text) { return std::string(text); },
      [](std::string_view name) { return fmt::format("--{}", name); });
}

std::string flag_label(const Flag& flag) {
  std::string label = flag.short_name != 0 ? fmt::format("-{}, ", flag.short_name) : "    ";
  label += "--" + flag.long_name;
  if (!flag.is_switch()) label += " " + flag.value_name;
  return label;
}

std::vector<std::pair<std::string, std::vector<Flag>>> by_category(const std::vector<Flag>& flags) {
  std::vector<std::pair<std::string, std::vector<Flag>>> categories;
  for (const Flag& flag : flags) {
    auto found = std::ranges::find_if(
        categories, [&](const auto& category) { return category.first == flag.category; });
    if (found == categories.end()) {
      categories.emplace_back(flag.category, std::vector<Flag>{});
      found = std::prev(categories.end());
    }
    found->second.push_back(flag);
  }
  std::ranges::stable_partition(
      categories, [](const auto& category) { return category.first != kGeneralCategory; });
  return categories;
}

}  // namespace mitm::cli
