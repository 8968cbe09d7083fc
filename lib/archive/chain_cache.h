#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "lib/base/bytes.h"
#include "lib/flow/facts.h"

namespace mitm::archive {

/// The certificate chains used last, by id. Writer and reader keep one each and treat it alike, so
/// that whatever the writer does not store again is still known to the reader.
class ChainCache {
 public:
  using Chain = std::shared_ptr<const flow::CertificateChain>;

  /// The chain, which thereby becomes the one used last, or null.
  Chain use(ByteView id);
  /// Adds or replaces a chain as the one used last and forgets the oldest beyond the bounds of
  /// format.h.
  void add(Chain chain);
  /// The one that was used or added last; not of an empty cache.
  [[nodiscard]] const Chain& newest() const { return by_use_.front(); }
  void clear();

 private:
  void forget_oldest();

  std::list<Chain> by_use_;  // the one used last comes first
  std::unordered_map<std::string_view, std::list<Chain>::iterator>
      by_id_;  // keys lie in the chains
  std::size_t bytes_ = 0;
};

}  // namespace mitm::archive
