#include "cmd/mitm-dump/filter_options.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "lib/base/io.h"

namespace mitm::dump {
namespace {

constexpr std::size_t kMaxFilter = 1 << 20;

/// The words of the command line, or what the file holds that is named there; empty: no filter.
Result<std::string> filter_text(const cli::ParsedOptions& options) {
  std::string text;
  for (const std::string& word : options.positionals()) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  const auto file = options.value("filter-file");
  if (!file) return text;
  if (!text.empty())
    return fail(Code::kUsage, "a filter stands in --filter-file and on the command line",
                "give one of them");
  return read_file(*file, kMaxFilter);
}

/// A file that somebody meant to be read would be searched for in URLs.
Status check_no_recording(const cli::ParsedOptions& options) {
  if (options.positionals().size() != 1) return {};
  const std::string& word = options.positionals().front();
  std::error_code error;
  if (!std::filesystem::is_regular_file(word, error)) return {};
  return fail(Code::kUsage, fmt::format("'{}' is a file, and stands where a filter does", word),
              fmt::format("read it with -r {0}, or look for it in URLs with '~u {0}'", word));
}

Status check_filter(const cli::ParsedOptions& options) {
  MITM_TRY(check_no_recording(options));
  if (options.positionals().empty() && !options.has("filter-file")) {
    if (!options.has("explain")) return {};
    return fail(Code::kUsage, "--explain explains a filter, and there is none");
  }
  for (const char* other : {"check", "recover"}) {
    if (!options.has(other)) continue;
    return fail(Code::kUsage, fmt::format("--{} takes all there is: not with a filter", other));
  }
  if (!options.has("write") || !options.has("follow")) return {};
  return fail(Code::kUsage, "--write with --follow takes all there is: not with a filter",
              "follow the file that it makes: mitm-dump -f -r FILE FILTER");
}

}  // namespace

Result<std::optional<filter::Filter>> make_filter(const cli::ParsedOptions& options) {
  MITM_TRY(check_filter(options));
  auto text = filter_text(options);
  if (!text) return std::unexpected(std::move(text).error());
  if (text->empty() && !options.has("filter-file")) return std::nullopt;
  auto filter = filter::Filter::parse(*text);
  if (!filter) return std::unexpected(std::move(filter).error());
  return *std::move(filter);
}

}  // namespace mitm::dump
