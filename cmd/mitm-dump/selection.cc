#include "cmd/mitm-dump/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "lib/base/ascii.h"
#include "lib/flow/names.h"

namespace mitm::dump {
namespace {

constexpr std::size_t kRunDigits = 16;

std::string to_string(const FlowName& name) {
  return name.run.empty() ? fmt::format("{}", name.id) : fmt::format("{}:{}", name.run, name.id);
}

bool is_hexadecimal(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), to_lower);
  return lower;
}

}  // namespace

bool FlowName::matches(const flow::Flow& flow) const {
  return flow.id == id && (run.empty() || flow::run_name(flow.run).starts_with(run));
}

Result<FlowName> parse_flow_name(std::string_view text) {
  const auto wrong = [&] {
    return fail(Code::kUsage, fmt::format("option --flow: '{}' is not a flow id", text),
                "an id is a number such as 12, or RUN:12 with the beginning of the run's id");
  };
  FlowName name;
  std::string_view digits = text;
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    name.run = lower_case(text.substr(0, colon));
    digits = text.substr(colon + 1);
    if (name.run.empty() || name.run.size() > kRunDigits || !is_hexadecimal(name.run)) {
      return wrong();
    }
  }
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), name.id);
  if (error != std::errc() || end != digits.end() || name.id == 0) return wrong();
  return name;
}

bool Selection::take(const flow::Flow& flow) {
  if (!name_.matches(flow)) return false;
  runs_.insert(flow.run);
  return true;
}

Status Selection::check() const {
  if (runs_.empty()) {
    return fail(Code::kIo, fmt::format("there is no flow {}", to_string(name_)));
  }
  if (runs_.size() == 1) return {};
  std::string candidates;
  for (const std::uint64_t run : runs_) {
    if (!candidates.empty()) candidates += ", ";
    candidates += to_string(FlowName{.id = name_.id, .run = flow::run_name(run)});
  }
  return fail(Code::kUsage, fmt::format("{} runs have a flow {}", runs_.size(), to_string(name_)),
              "say which one is meant: " + candidates);
}

}  // namespace mitm::dump
