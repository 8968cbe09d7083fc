#include "lib/flow/key_set.h"

#include <roaring/roaring64map.hh>

namespace mitm::flow {

class KeySet::Ids {
 public:
  Roaring64Map bits;
};

KeySet::KeySet() = default;
KeySet::KeySet(KeySet&&) noexcept = default;
KeySet& KeySet::operator=(KeySet&&) noexcept = default;
KeySet::~KeySet() = default;

void KeySet::insert(const Key& key) {
  if (contains(key)) return;
  auto& ids = sources_[key.source];
  if (!ids) ids = std::make_unique<Ids>();
  ids->bits.add(key.id);
  ++size_;
}

void KeySet::erase(const Key& key) {
  if (!contains(key)) return;
  sources_.at(key.source)->bits.remove(key.id);
  --size_;
}

bool KeySet::contains(const Key& key) const {
  const auto found = sources_.find(key.source);
  return found != sources_.end() && found->second->bits.contains(key.id);
}

}  // namespace mitm::flow
