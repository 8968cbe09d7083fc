#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "tests/bench/load/plan.h"

namespace mitm::bench {

/// One client connection of a plan, blocking. One thread.
class Connection {
 public:
  /// Connects, asks the proxy for the origin and shakes hands, as the plan says. No session is ever
  /// resumed and no certificate checked: neither is the proxy's work.
  static Result<Connection> open(const Plan& plan, SSL_CTX* tls);
  Connection(Connection&&) = default;
  Connection& operator=(Connection&&) = delete;
  /// Says good-bye as TLS demands.
  ~Connection();

  /// Sends the plan's request number `number` and reads the answer to its end; the octets of its
  /// body. Fails where the answer is not a 200 with a Content-Length.
  Result<std::uint64_t> exchange(std::uint64_t number);

 private:
  struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  explicit Connection(const Plan& plan);
  Status dial();
  Status ask_proxy();
  Status shake_hands(SSL_CTX* tls);
  Status write(ByteView bytes);
  /// Appends to input_.
  Status read();
  Status send_body();
  /// Takes a head off input_; the value of its Content-Length, 0 without one.
  Result<std::uint64_t> read_head();
  std::string head(std::uint64_t number) const;

  const Plan* plan_;
  Fd socket_;
  std::unique_ptr<SSL, SslFree> ssl_;
  Bytes input_;
  Bytes buffer_;
};

}  // namespace mitm::bench
