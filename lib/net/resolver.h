#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/error.h"
#include "lib/net/address.h"
#include "lib/net/loop.h"

namespace mitm::net {

using Addresses = std::vector<SocketAddress>;

/// Turns names into addresses with the system's resolver (getaddrinfo, RFC 6724 order) on threads
/// of its own, so that no event loop waits. Any thread may ask; the loops that asked must outlive
/// it.
class Resolver {
 public:
  using Callback = std::function<void(Result<Addresses>)>;
  /// The answer is wanted as long as the token lives.
  using Token = std::shared_ptr<const Callback>;

  explicit Resolver(unsigned threads = 4);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  ~Resolver();  ///< waits for lookups that are under way

  /// `callback` runs on `loop`'s thread, later, unless the returned token is gone by then.
  [[nodiscard]] Token resolve(Loop& loop, std::string host, std::uint16_t port, Callback callback);

 private:
  struct Question {
    Loop* loop;
    std::string host;
    std::uint16_t port;
    std::weak_ptr<const Callback> callback;
  };
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Question> questions_;  // guarded by mutex_
  bool stopping_ = false;           // guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace mitm::net
