#pragma once

#include <string>
#include <string_view>

namespace mitm {

/// Octets that are owned. Not necessarily text, and never assumed to be UTF-8.
using Bytes = std::string;

/// Octets that somebody else owns; valid as long as the function that hands them out says.
using ByteView = std::string_view;

}  // namespace mitm
