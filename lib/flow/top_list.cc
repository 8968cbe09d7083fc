#include "lib/flow/top_list.h"

#include <algorithm>
#include <iterator>

namespace mitm::flow {
namespace {

constexpr std::size_t kMaxName = 256;

bool comes_before(const TopList::Row& a, const TopList::Row& b) {
  return a.count != b.count ? a.count > b.count : a.name < b.name;
}

}  // namespace

void TopList::add(std::string_view name, std::uint64_t octets) {
  name = name.substr(0, kMaxName);
  auto row = rows_.find(name);
  if (row == rows_.end()) {
    if (rows_.size() >= 2 * capacity_) forget_some();
    // It may have been forgotten with as many.
    row = rows_.emplace(name, Tally{.count = excess_}).first;
  }
  ++row->second.count;
  row->second.octets += octets;
}

std::vector<TopList::Row> TopList::top(std::size_t at_most) const {
  std::vector<Row> rows;
  rows.reserve(rows_.size());
  for (const auto& [name, tally] : rows_) rows.push_back({name, tally.count, tally.octets});
  const auto end = rows.begin() + static_cast<std::ptrdiff_t>(std::min(at_most, rows.size()));
  std::partial_sort(rows.begin(), end, rows.end(), comes_before);
  rows.erase(end, rows.end());
  return rows;
}

void TopList::forget_some() {
  const std::vector<Row> all = top(rows_.size());
  excess_ = all.at(capacity_).count;
  for (auto row = all.begin() + static_cast<std::ptrdiff_t>(capacity_); row != all.end(); ++row) {
    rows_.erase(row->name);
  }
}

}  // namespace mitm::flow
