#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/cli/flag.h"

/// What the renderings of a flag table share.
namespace mitm::cli {

/// `text` in lines of at most `width` columns, broken at spaces; a longer word gets a line of its
/// own.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// `prose` cut at empty lines, each paragraph on one line.
std::vector<std::string> paragraphs(std::string_view prose);

/// `prose` with `name_flag(name)` in the place of each \flag{name}, and `plain(text)` applied to
/// what stands between.
std::string expand_prose(std::string_view prose,
                         const std::function<std::string(std::string_view)>& plain,
                         const std::function<std::string(std::string_view)>& name_flag);

/// The names that \flag{} refers to, in order.
std::vector<std::string> flag_references(std::string_view prose);

/// `prose` as plain text: \flag{read} becomes --read.
std::string plain_prose(std::string_view prose);

/// "-r, --read FILE".
std::string flag_label(const Flag& flag);

/// The flags under their categories, both in the order of first appearance; kGeneralCategory is
/// last.
std::vector<std::pair<std::string, std::vector<Flag>>> by_category(const std::vector<Flag>& flags);

}  // namespace mitm::cli
