#include "cmd/mitm-dump/filter_options.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "lib/base/display.h"
#include "lib/base/io.h"

namespace mitm::dump {
namespace {

constexpr std::size_t kMaxFilter = 1 << 20;

/// What follows '#' at the beginning of a word, up to the line's end, and a byte order mark.
std::string without_comments(std::string_view content) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  std::string text;
  bool in_comment = false;
  for (const char c : content) {
    const bool begins_word = text.empty() || std::string_view(" \t\r\n").contains(text.back());
    in_comment = c != '\n' && (in_comment || (c == '#' && begins_word));
    if (!in_comment) text += c;
  }
  return text;
}

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
  if (*file == "-")
    return fail(Code::kUsage, "a filter is not read from standard input",
                "--filter-file /dev/stdin reads it from there");
  auto content = read_file(*file, kMaxFilter);
  return content ? Result<std::string>(without_comments(*content)) : std::move(content);
}

/// Files that somebody meant to be read would be searched for in URLs.
Status check_no_recording(const filter::Filter& filter) {
  for (const std::string& value : filter.lone_values()) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(value, error)) continue;
    return fail(Code::kUsage,
                fmt::format("'{}' is a file, and stands where a filter does", printable(value)),
                fmt::format("read it with -r {0}, or look for it in URLs with '~u {0}'", value));
  }
  return {};
}

Status check_companions(const cli::ParsedOptions& options) {
  for (const char* other : {"check", "recover"}) {
    if (!options.has(other)) continue;
    return fail(Code::kUsage, fmt::format("--{} takes all there is: not with a filter", other));
  }
  if (!options.has("write") || !options.has("follow")) return {};
  return fail(Code::kUsage, "--write with --follow takes all there is: not with a filter",
              "follow the file that it makes: mitm-dump -f -r FILE FILTER");
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

}  // namespace

Result<std::optional<filter::Filter>> make_filter(const cli::ParsedOptions& options) {
  const auto text = filter_text(options);
  if (!text) return std::unexpected(text.error());
  if (is_blank(*text) && !options.has("filter-file")) {
    if (!options.has("explain")) return std::nullopt;
    return fail(Code::kUsage, "--explain explains a filter, and there is none");
  }
  MITM_TRY(check_companions(options));
  auto filter = filter::Filter::parse(*text);
  if (!filter) return std::unexpected(std::move(filter).error());
  MITM_TRY(check_no_recording(*filter));
  return *std::move(filter);
}

}  // namespace mitm::dump
