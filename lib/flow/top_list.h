#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mitm::flow {

/// Counts names, whatever their number, in memory for twice `capacity` of them. As long as there
/// are no more, exactly; beyond that those that came least are forgotten, and what is told is at
/// most excess() too much. Names that agree in their first 256 octets are one.
class TopList {
 public:
  struct Row {
    std::string name;
    std::uint64_t count = 0;
    std::uint64_t octets = 0;  ///< since the name was last forgotten
  };

  explicit TopList(std::size_t capacity) : capacity_(capacity) {}

  void add(std::string_view name, std::uint64_t octets = 0);
  /// Those that came most often, and by name where that is the same.
  [[nodiscard]] std::vector<Row> top(std::size_t at_most) const;
  /// How many names are known.
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] std::uint64_t excess() const { return excess_; }

 private:
  struct Tally {
    std::uint64_t count = 0;
    std::uint64_t octets = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>{}(name);
    }
  };

  void forget_some();

  std::size_t capacity_;
  std::unordered_map<std::string, Tally, Hash, std::equal_to<>> rows_;
  std::uint64_t excess_ = 0;
};

}  // namespace mitm::flow
