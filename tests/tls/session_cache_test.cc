#include "lib/tls/session_cache.h"

#include <catch2/catch.hpp>
#include <thread>

using namespace mitm;
using namespace std::chrono_literals;
using tls::SessionCache;

namespace {

const Time kNow{std::chrono::seconds(1'800'000'000)};
constexpr bool kOnce = true;

SessionCache::Shared make_session(bool once, Time until = kNow + 1min) {
  tls::SessionPtr session(SSL_SESSION_new());
  const unsigned char id[] = {1};
  REQUIRE(SSL_SESSION_set1_id(session.get(), id, sizeof id) == 1);
  return std::make_shared<const tls::ServerSession>(
      tls::ServerSession{std::move(session), nullptr, until, once});
}

}  // namespace

TEST_CASE("a session is found by its key") {
  SessionCache cache;
  CHECK(cache.take("a", kNow) == nullptr);
  const auto session = make_session(!kOnce);
  cache.keep("a", session, kNow);
  CHECK(cache.take("b", kNow) == nullptr);
  CHECK(cache.take("a", kNow) == session);
  CHECK(cache.take("a", kNow) == session);
}

TEST_CASE("tickets are given out once, the latest first") {
  SessionCache cache;
  const auto one = make_session(kOnce);
  const auto two = make_session(kOnce);
  cache.keep("a", one, kNow);
  cache.keep("a", two, kNow);
  CHECK(cache.take("a", kNow) == two);
  CHECK(cache.take("a", kNow) == one);
  CHECK(cache.take("a", kNow) == nullptr);
  CHECK(cache.size() == 0);
}

TEST_CASE("a session that may be used again replaces all of its key") {
  SessionCache cache;
  for (int i = 0; i < 3; ++i) cache.keep("a", make_session(kOnce), kNow);
  cache.keep("a", make_session(!kOnce), kNow);
  const auto last = make_session(!kOnce);
  cache.keep("a", last, kNow);
  CHECK(cache.size() == 1);
  CHECK(cache.take("a", kNow) == last);
}

TEST_CASE("a session is found as long as it lasts, and ten minutes at most") {
  SessionCache cache;
  cache.keep("a", make_session(!kOnce), kNow);
  CHECK(cache.take("a", kNow + 1min - 1ns) != nullptr);
  CHECK(cache.take("a", kNow + 1min) == nullptr);
  CHECK(cache.size() == 0);
  // A clock that was put back must not make it longer.
  cache.keep("a", make_session(!kOnce), kNow);
  CHECK(cache.take("a", kNow - 1h) == nullptr);
}

TEST_CASE("sessions that have ended give way to new ones") {
  SessionCache cache;
  for (int i = 0; i < 10; ++i) cache.keep(std::to_string(i), make_session(kOnce), kNow);
  cache.keep("a", make_session(kOnce, kNow + 5min), kNow + 2min);
  CHECK(cache.size() == 1);
  cache.keep("b", make_session(kOnce, kNow), kNow + 1min);
  CHECK(cache.take("b", kNow) == nullptr);
}

TEST_CASE("of too many sessions the one not used for longest goes") {
  SessionCache cache(3);
  for (const char* key : {"a", "b", "c"}) cache.keep(key, make_session(!kOnce), kNow);
  CHECK(cache.take("a", kNow) != nullptr);
  cache.keep("d", make_session(!kOnce), kNow);
  CHECK(cache.size() == 3);
  CHECK(cache.take("b", kNow) == nullptr);
  for (const char* key : {"a", "c", "d"}) CHECK(cache.take(key, kNow) != nullptr);
}

TEST_CASE("a server that sends tickets without end displaces its own only") {
  SessionCache cache;
  cache.keep("other", make_session(kOnce), kNow);
  for (int i = 0; i < 1000; ++i) cache.keep("a", make_session(kOnce), kNow);
  CHECK(cache.size() == 1 + SessionCache::kBoundOfKey);
  CHECK(cache.take("other", kNow) != nullptr);
}

TEST_CASE("all sessions of a key are forgotten") {
  SessionCache cache;
  for (const char* key : {"a", "a", "b"}) cache.keep(key, make_session(kOnce), kNow);
  cache.forget("a");
  cache.forget("never there");
  CHECK(cache.take("a", kNow) == nullptr);
  CHECK(cache.take("b", kNow) != nullptr);
}

TEST_CASE("a server that goes on declining is left alone for ten minutes") {
  SessionCache cache;
  for (unsigned i = 0; i < SessionCache::kPatience; ++i) {
    cache.keep("a", make_session(kOnce), kNow);
    CHECK(cache.take("a", kNow) != nullptr);
    cache.note_answer("a", false, kNow);
  }
  cache.keep("a", make_session(kOnce), kNow);
  CHECK(cache.size() == 0);
  cache.keep("b", make_session(kOnce), kNow);
  CHECK(cache.take("b", kNow) != nullptr);
  const Time later = kNow + SessionCache::kLifetime;
  cache.keep("a", make_session(kOnce, later + 1min), later - 1ns);
  CHECK(cache.size() == 0);
  cache.keep("a", make_session(kOnce, later + 1min), later);
  CHECK(cache.take("a", later) != nullptr);
}

TEST_CASE("one that was resumed makes up for those that were declined") {
  SessionCache cache;
  for (unsigned i = 0; i < 3 * SessionCache::kPatience; ++i) {
    cache.note_answer("a", i % SessionCache::kPatience == 0, kNow);
    cache.keep("a", make_session(kOnce), kNow);
    CHECK(cache.take("a", kNow) != nullptr);
  }
}

TEST_CASE("no ticket is given to two threads") {
  SessionCache cache;
  constexpr int kTickets = 2000;
  int taken[2] = {};
  const auto work = [&](int& mine) {
    for (int i = 0; i < kTickets; ++i) {
      cache.keep(std::to_string(i % 7), make_session(kOnce), kNow);
      while (cache.take(std::to_string((i + 1) % 7), kNow)) ++mine;
    }
  };
  std::thread other([&] { work(taken[0]); });
  work(taken[1]);
  other.join();
  CHECK(static_cast<std::size_t>(taken[0] + taken[1]) + cache.size() == 2 * kTickets);
}
