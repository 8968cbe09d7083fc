#include "lib/trust/earlier.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

// The text is lines: of each layer its directory, which begins with a slash, and then NAME=VALUE of
// what was set. Line feeds and backslashes within are \n and \\.

namespace mitm::trust {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '\n' || letter == '\\') result += '\\';
    result += letter == '\n' ? 'n' : letter;
  }
  return result;
}

std::string unescaped(std::string_view line) {
  std::string result;
  while (!line.empty()) {
    const bool is_escape = line.starts_with('\\') && line.size() > 1;
    if (is_escape) line.remove_prefix(1);
    result += is_escape && line.front() == 'n' ? '\n' : line.front();
    line.remove_prefix(1);
  }
  return result;
}

}  // namespace

Earlier Earlier::parse(std::string_view text) {
  Earlier earlier;
  while (!text.empty()) {
    const std::string_view written = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), written.size() + 1));
    const std::string line = unescaped(written);
    const auto equals = line.find('=');
    if (line.starts_with('/')) {
      earlier.layers_.push_back({line, {}});
    } else if (!earlier.layers_.empty() && equals != std::string::npos) {
      earlier.layers_.back().values[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
  return earlier;
}

std::string Earlier::text() const {
  std::string text;
  const auto add_line = [&text](std::string_view line) {
    if (!text.empty()) text += '\n';
    text += escaped(line);
  };
  for (const Layer& layer : layers_) {
    add_line(layer.directory);
    for (const auto& [name, value] : layer.values) add_line(fmt::format("{}={}", name, value));
  }
  return text;
}

Earlier::Values& Earlier::open(const std::string& directory) {
  if (layers_.empty() || layers_.back().directory != directory) layers_.push_back({directory, {}});
  return layers_.back().values;
}

std::optional<Earlier::Values> Earlier::close(
    const std::string& directory, const std::function<bool(std::string_view value)>& is_of) {
  const auto last = std::ranges::find(layers_ | std::views::reverse, directory, &Layer::directory);
  if (last == layers_.rend()) return std::nullopt;
  const auto own = std::prev(last.base());
  Values values = std::move(own->values);
  for (auto later = layers_.erase(own); later != layers_.end(); ++later) {
    const Values told = later->values;
    for (const auto& [name, value] : told) {
      if (!is_of(value)) continue;
      const auto before = values.find(name);
      later->values.erase(name);
      if (before != values.end()) later->values.insert(*before);
    }
  }
  return values;
}

}  // namespace mitm::trust
