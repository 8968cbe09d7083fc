#pragma once

#include <string>
#include <string_view>

#include "lib/base/error.h"
#include "lib/filter/predicate.h"
#include "lib/filter/scanner.h"

/// The words of filters as people write them in a shell: "host example.com", "status >= 500".
namespace mitm::filter {

struct WordPredicate {
  Predicate predicate;
  std::string prefix;  ///< all but the value: "src port", "status >="; empty: there is no value
};

/// Whether a predicate, or the beginning of one, is called so.
bool is_word(std::string_view word);

/// Reads the predicate that begins with the scanner's word(), of which is_word() holds.
Result<WordPredicate> read_word(Scanner& scanner);
/// Whether "and" and "not" repeat it as "or" does, as in tcpdump.
bool is_about_place(const std::string& prefix);
/// Whether "or" before `word`, or before what is none, repeats what `prefix` says.
bool repeats_before(const std::string& prefix, std::string_view word);
/// The same with the value that stands here, as "or" repeats a word in tcpdump: "port 80 or 443".
Result<WordPredicate> read_repeated(const std::string& prefix, Scanner& scanner);

}  // namespace mitm::filter
