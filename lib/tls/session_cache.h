#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/base/c_ptr.h"
#include "lib/base/time.h"
#include "lib/tls/examination.h"
#include "lib/tls/lru.h"
#include "lib/tls/verified_chains.h"

namespace mitm::tls {

using SessionPtr = CPtr<SSL_SESSION, SSL_SESSION_free>;

/// A session that a server would resume, and what is known about its certificate.
struct ServerSession {
  SessionPtr session;
  std::shared_ptr<const Examination> examination;
  Time until;         ///< not to be resumed from then on
  bool once = false;  ///< a TLS 1.3 ticket, by which observers recognise whoever sends it again
                      ///< (RFC 8446, section C.4)
};

/// Sessions with servers, by what a connection must have in common with the one they are from. The
/// one not used for longest goes first. Any thread; the lock is held for a look-up, a handshake
/// takes a thousand times as long.
class SessionCache {
 public:
  using Shared = std::shared_ptr<const ServerSession>;

  /// Each holds on to the certificates, parsed: 20 KiB for three with RSA keys, measured.
  static constexpr std::size_t kBound = 1024;
  /// A server may send as many tickets as it likes. Enough for a burst of connections.
  static constexpr std::size_t kBoundOfKey = 16;
  static constexpr auto kLifetime = VerifiedChains::kLifetime;
  /// Some servers give out tickets and resume none; offering one in vain makes a handshake a tenth
  /// more expensive. After so many in a row none is kept or taken for kLifetime.
  static constexpr unsigned kPatience = 4;

  explicit SessionCache(std::size_t bound = kBound) : bound_(bound) {}

  /// The latest; null: none. Nobody else gets it if it is for `once`.
  [[nodiscard]] Shared take(const std::string& key, Time now);
  /// One that is not for `once` replaces all others of its key.
  void keep(const std::string& key, Shared session, Time now);
  void forget(const std::string& key);
  /// What became of one that was taken.
  void note_answer(const std::string& key, bool resumed, Time now);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::string key;
    Shared session;
  };
  using Entries = std::list<Entry>;
  struct Refusals {
    unsigned in_a_row = 0;
    Time last;
  };

  // What goes is freed by the caller, without the lock.
  void remove(Entries::iterator entry, Entries& gone);
  void remove_all(const std::string& key, Entries& gone);
  [[nodiscard]] bool is_futile(const std::string& key, Time now);

  const std::size_t bound_;
  mutable std::mutex mutex_;
  Entries entries_;                                                       // last used first
  std::unordered_map<std::string, std::vector<Entries::iterator>> keys_;  // latest last, never none
  LruCache<Refusals> refusals_{kBound};
};

}  // namespace mitm::tls
