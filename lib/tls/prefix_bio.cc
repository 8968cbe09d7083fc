#include "lib/tls/prefix_bio.h"

#include <openssl/err.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>

#include "lib/tls/error.h"

namespace mitm::tls {
namespace {

struct Prefix {
  Bytes bytes;
  std::size_t used = 0;

  [[nodiscard]] std::size_t remaining() const { return bytes.size() - used; }
};

Prefix& prefix_of(BIO* bio) { return *static_cast<Prefix*>(BIO_get_data(bio)); }

int read(BIO* bio, char* buffer, int size) {
  Prefix& prefix = prefix_of(bio);
  BIO_clear_retry_flags(bio);
  if (buffer == nullptr || size <= 0) return 0;
  if (prefix.remaining() > 0) {
    const std::size_t count = std::min(prefix.remaining(), static_cast<std::size_t>(size));
    std::memcpy(buffer, prefix.bytes.data() + prefix.used, count);
    prefix.used += count;
    if (prefix.remaining() == 0) prefix = Prefix{};
    return static_cast<int>(count);
  }
  const int got = BIO_read(BIO_next(bio), buffer, size);
  BIO_copy_next_retry(bio);
  return got;
}

int write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const int written = BIO_write(BIO_next(bio), bytes, size);
  BIO_copy_next_retry(bio);
  return written;
}

long control(BIO* bio, int command, long number, void* pointer) {
  const std::size_t remaining = prefix_of(bio).remaining();
  switch (command) {
    case BIO_CTRL_PENDING: {
      const std::size_t below = BIO_ctrl_pending(BIO_next(bio));
      return static_cast<long>(
          std::min<std::size_t>(remaining + below, std::numeric_limits<long>::max()));
    }
    case BIO_CTRL_EOF:
      return remaining > 0 ? 0 : BIO_ctrl(BIO_next(bio), command, number, pointer);
    case BIO_CTRL_DUP:
      return 0;  // a copy would serve the prefix a second time
    default:
      return BIO_ctrl(BIO_next(bio), command, number, pointer);
  }
}

int destroy(BIO* bio) {
  const std::unique_ptr<Prefix> owned(static_cast<Prefix*>(BIO_get_data(bio)));
  BIO_set_data(bio, nullptr);
  return 1;
}

BioMethodPtr make_method() {
  BioMethodPtr method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_FILTER, "bytes read before"));
  if (!method || BIO_meth_set_read(method.get(), read) != 1 ||
      BIO_meth_set_write(method.get(), write) != 1 ||
      BIO_meth_set_ctrl(method.get(), control) != 1 ||
      BIO_meth_set_destroy(method.get(), destroy) != 1) {
    return nullptr;
  }
  return method;
}

}  // namespace

Result<BioPtr> make_prefix_bio(Bytes prefix, BioPtr next) {
  static const BioMethodPtr method = make_method();
  ERR_clear_error();
  BioPtr bio(method ? BIO_new(method.get()) : nullptr);
  if (!bio || !next) return fail_tls("make prefix BIO");
  auto state = std::make_unique<Prefix>(Prefix{.bytes = std::move(prefix)});
  BIO_set_data(bio.get(), state.release());  // destroy() frees it
  BIO_set_init(bio.get(), 1);
  BIO_push(bio.get(), next.release());  // freed with the chain
  return bio;
}

}  // namespace mitm::tls
