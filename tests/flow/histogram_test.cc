#include "lib/flow/histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

using mitm::flow::Histogram;

TEST_CASE("without values there is nothing to tell") {
  const Histogram none;
  CHECK(none.count() == 0);
  CHECK(none.least() == 0);
  CHECK(none.most() == 0);
  CHECK(none.percentile(50) == 0);
}

TEST_CASE("small values are exact") {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 100; ++value) histogram.add(value);
  for (const unsigned percent : {1U, 50U, 90U, 99U, 100U}) {
    CHECK(histogram.percentile(percent) == percent);
  }
  CHECK(histogram.percentile(0) == 1);
}

TEST_CASE("a single value is every percentile, whatever it is") {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
                                    std::uint64_t{1234567890123}, UINT64_MAX}) {
    Histogram histogram;
    histogram.add(value);
    CHECK(histogram.percentile(50) == value);
    CHECK(histogram.percentile(99) == value);
  }
}

TEST_CASE("percentiles are as near as promised") {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(0, 40);
  std::vector<std::uint64_t> values;
  Histogram histogram;
  for (int i = 0; i < 10'001; ++i) {
    values.push_back(static_cast<std::uint64_t>(std::exp2(exponent(random))));
    histogram.add(values.back());
  }
  std::ranges::sort(values);
  for (const unsigned percent : {1U, 10U, 50U, 90U, 99U}) {
    const auto rank = (values.size() * percent + 99) / 100;
    const auto exact = static_cast<double>(values[rank - 1]);
    const auto told = static_cast<double>(histogram.percentile(percent));
    CHECK(std::abs(told - exact) <= exact * Histogram::kRelativeError);
  }
  CHECK(histogram.least() == values.front());
  CHECK(histogram.most() == values.back());
}
