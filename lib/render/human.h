#pragma once

#include <cstdint>
#include <string>

#include "lib/base/time.h"

/// Quantities as people write them, each one word.
namespace mitm::render {

/// "0B", "999B", "1.0K", "12.3M", "4.5G": powers of 1024, one decimal from 1 KiB on.
void append_size(std::string& out, std::uint64_t octets);
std::string human_size(std::uint64_t octets);

/// "0us", "850us", "12.3ms", "1.23s", "2m03s", "26h05m". Negative ones with a sign.
void append_duration(std::string& out, Duration duration);

}  // namespace mitm::render
