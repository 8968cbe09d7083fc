#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mitm::test {

/// One way of cutting an input into pieces. Each piece has memory of its own, so that a sanitizer
/// sees who looks at it after it is gone.
using Pieces = std::vector<std::string>;

/// Whole, one byte at a time, and a number of seeded random ways with short and long pieces.
inline std::vector<Pieces> cuttings(std::string_view input, unsigned seed = 1,
                                    int random_ways = 12) {
  std::vector<Pieces> ways;
  ways.push_back({std::string(input)});
  Pieces single;
  for (const char c : input) single.emplace_back(1, c);
  ways.push_back(std::move(single));
  std::mt19937 random(seed);
  for (int i = 0; i < random_ways; ++i) {
    std::uniform_int_distribution<std::size_t> length(1, std::size_t{2} << (i % 12));
    Pieces pieces;
    for (std::size_t at = 0; at < input.size();) {
      pieces.emplace_back(input.substr(at, length(random)));
      at += pieces.back().size();
    }
    ways.push_back(std::move(pieces));
  }
  return ways;
}

}  // namespace mitm::test
