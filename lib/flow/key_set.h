#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "lib/flow/assembler.h"

namespace mitm::flow {

/// Keys of flows or connections, of which there may be many millions. Writers number them in a
/// row, so that a compressed bitmap for each source holds a million in an eighth of a megabyte. One
/// thread.
class KeySet {
 public:
  KeySet();
  KeySet(KeySet&&) noexcept;
  KeySet& operator=(KeySet&&) noexcept;
  ~KeySet();

  void insert(const Key& key);
  void erase(const Key& key);
  [[nodiscard]] bool contains(const Key& key) const;
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  class Ids;

  std::map<std::uint16_t, std::unique_ptr<Ids>> sources_;
  std::uint64_t size_ = 0;
};

}  // namespace mitm::flow
