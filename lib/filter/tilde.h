#pragma once

#include "lib/base/error.h"
#include "lib/filter/predicate.h"
#include "lib/filter/scanner.h"

/// mitmproxy's operators ("~d example.com", "~c 500"), which mean what they mean there.
namespace mitm::filter {

/// Reads the operator, and its argument, that begins with the scanner's '~'.
Result<Predicate> read_tilde(Scanner& scanner);

/// What a regular expression that stands by itself asks: whether it is found in the URL.
Result<Predicate> url_matches(std::string_view expression);

}  // namespace mitm::filter
