#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/filter/predicate.h"

/// A filter as a tree. Internal to this folder.
namespace mitm::filter {

struct Node {
  enum class Kind : std::uint8_t { kPredicate, kNot, kAnd, kOr };

  Kind kind = Kind::kPredicate;
  Predicate predicate;         ///< of kPredicate
  std::vector<Node> children;  ///< one of kNot, two or more of the others
};

/// Three-valued (Kleene's): unknown where what is known does not settle it.
Truth decide(const Node& node, const flow::Flow& flow, Known known);
std::string explain(const Node& node);

}  // namespace mitm::filter
