#pragma once

#include <memory>

namespace mitm {

/// Deleter that is a type, so that a CPtr stays one word.
template <auto Free>
struct CDelete {
  template <class T>
  void operator()(T* handle) const noexcept {
    static_cast<void>(Free(handle));
  }
};

/// Owner of a handle that a C library made: `CPtr<SSL, SSL_free>`.
template <class T, auto Free>
using CPtr = std::unique_ptr<T, CDelete<Free>>;

}  // namespace mitm
