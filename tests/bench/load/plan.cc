#include "tests/bench/load/plan.h"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <string_view>
#include <unordered_map>

namespace mitm::bench {
namespace {

template <class Number>
Status number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size()) return {};
  return fail(Code::kUsage, fmt::format("'{}' is not a number", text));
}

Status way(std::string_view text, Way& out) {
  if (text != "direct" && text != "connect" && text != "absolute") {
    return fail(Code::kUsage, fmt::format("'{}' is no way to the origin", text));
  }
  out = text == "direct" ? Way::kDirect : text == "connect" ? Way::kConnect : Way::kAbsolute;
  return {};
}

using Setter = std::function<Status(Plan&, const std::string&)>;

Setter text_of(std::string Plan::* member) {
  return [member](Plan& plan, const std::string& text) -> Status {
    plan.*member = text;
    return {};
  };
}

template <class Number>
Setter number_of(Number Plan::* member) {
  return [member](Plan& plan, const std::string& text) { return number(text, plan.*member); };
}

const std::unordered_map<std::string_view, Setter>& setters() {
  static const std::unordered_map<std::string_view, Setter> kSetters = {
      {"--address", text_of(&Plan::address)},
      {"--target", text_of(&Plan::target)},
      {"--path", text_of(&Plan::path)},
      {"--upload", number_of(&Plan::upload)},
      {"--connections", number_of(&Plan::connections)},
      {"--requests", number_of(&Plan::requests)},
      {"--rate", number_of(&Plan::rate)},
      {"--way", [](Plan& plan, const std::string& text) { return way(text, plan.way); }},
      {"--idle",
       [](Plan& plan, const std::string& text) { return number(text, plan.idle.emplace()); }},
      {"--seconds",
       [](Plan& plan, const std::string& text) -> Status {
         double seconds = 0;
         MITM_TRY(number(text, seconds));
         plan.seconds = std::chrono::duration<double>(seconds);
         return {};
       }},
  };
  return kSetters;
}

}  // namespace

Result<Plan> parse_plan(int argc, char** argv) {
  Plan plan;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--tls" || name == "--fresh") {
      (name == "--tls" ? plan.tls : plan.fresh) = true;
      continue;
    }
    const auto setter = setters().find(name);
    if (setter == setters().end() || i + 1 == argc) {
      return fail(Code::kUsage, fmt::format("what is {}?", name));
    }
    MITM_TRY(setter->second(plan, argv[++i]));
  }
  if (plan.address.empty()) return fail(Code::kUsage, "--address HOST:PORT is missing");
  if (plan.target.empty()) plan.target = plan.address;
  if (plan.connections == 0) return fail(Code::kUsage, "--connections must be at least 1");
  return plan;
}

}  // namespace mitm::bench
