#pragma once

#include <event2/buffer.h>

#include <cstddef>

#include "lib/base/bytes.h"

/// Looking at libevent's buffers without copying.
namespace mitm::net {

/// Calls `visit(ByteView)` for each contiguous piece from `offset` on. The buffer must not change
/// meanwhile.
template <class Visit>
void for_each_span(evbuffer* buffer, std::size_t offset, Visit visit) {
  evbuffer_ptr at{};
  if (evbuffer_get_length(buffer) <= offset) return;
  evbuffer_ptr_set(buffer, &at, offset, EVBUFFER_PTR_SET);
  evbuffer_iovec spans[16];
  while (true) {
    const int needed = evbuffer_peek(buffer, -1, &at, spans, 16);
    const int count = needed < 16 ? needed : 16;
    std::size_t seen = 0;
    for (int i = 0; i < count; ++i) {
      visit(ByteView(static_cast<const char*>(spans[i].iov_base), spans[i].iov_len));
      seen += spans[i].iov_len;
    }
    if (needed <= 16) return;
    evbuffer_ptr_set(buffer, &at, seen, EVBUFFER_PTR_ADD);
  }
}

inline void append(evbuffer* buffer, ByteView bytes) {
  evbuffer_add(buffer, bytes.data(), bytes.size());
}

/// Everything in the buffer, made contiguous; valid until the buffer changes.
inline ByteView peek_all(evbuffer* buffer) {
  const std::size_t length = evbuffer_get_length(buffer);
  if (length == 0) return {};
  return {reinterpret_cast<const char*>(evbuffer_pullup(buffer, -1)), length};
}

/// Everything in the buffer, taken out of it.
inline Bytes take_all(evbuffer* buffer) {
  Bytes bytes(evbuffer_get_length(buffer), '\0');
  evbuffer_remove(buffer, bytes.data(), bytes.size());
  return bytes;
}

inline void discard_all(evbuffer* buffer) { evbuffer_drain(buffer, evbuffer_get_length(buffer)); }

}  // namespace mitm::net
