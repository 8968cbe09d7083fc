#include "lib/wire/http1_input.h"

#include <algorithm>
#include <utility>

namespace mitm::wire {
namespace {

/// Connections are many and mostly idle: memory that one large head needed is given back.
constexpr std::size_t kMaxIdleCapacity = 16 * 1024;

void recycle(Bytes& buffer) {
  buffer.clear();
  if (buffer.capacity() > kMaxIdleCapacity) buffer.shrink_to_fit();
}

}  // namespace

void Http1Input::feed(ByteView input) {
  recycle(used_);
  rest_ = input;
}

ByteView Http1Input::window(std::size_t limit) {
  if (collected_.empty()) return rest_.substr(0, limit);
  const std::size_t more = std::min(rest_.size(), limit - std::min(limit, collected_.size()));
  collected_.append(rest_.substr(0, more));
  rest_.remove_prefix(more);
  return collected_;
}

ByteView Http1Input::take_window(std::size_t size) {
  if (collected_.empty()) return take(size);
  // The octets behind `size` were appended from the present input, so they lie just before rest_.
  const std::size_t surplus = collected_.size() - size;
  rest_ = ByteView(rest_.data() - surplus, rest_.size() + surplus);
  used_.swap(collected_);
  recycle(collected_);
  return ByteView(used_).substr(0, size);
}

ByteView Http1Input::take(std::size_t limit) {
  const ByteView taken = rest_.substr(0, limit);
  rest_.remove_prefix(taken.size());
  return taken;
}

ByteView Http1Input::take_any() {
  if (!put_back_.empty()) return std::exchange(put_back_, {});
  if (collected_.empty()) return take(rest_.size());
  used_.swap(collected_);
  recycle(collected_);
  return used_;
}

void Http1Input::keep() {
  collected_.append(rest_);
  rest_ = {};
}

void Http1Input::reuse_kept() {
  if (collected_.empty()) return;
  keep();
  used_.swap(collected_);
  recycle(collected_);
  rest_ = used_;
}

}  // namespace mitm::wire
