#pragma once

#include <kj/string.h>

// Cap'n Proto 0.9 compares `const char*` with kj::StringPtr, which clang finds ambiguous since
// C++20 rewrites operands. To be included before any header of Cap'n Proto.
#if defined(__clang__)
namespace kj {
inline bool operator==(const char* left, const StringPtr& right) {
  return StringPtr(left) == right;
}
inline bool operator!=(const char* left, const StringPtr& right) {
  return !(StringPtr(left) == right);
}
}  // namespace kj
#endif
