#include "lib/net/loop.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/run_loop.h"

namespace mitm::net {
namespace {

using test::make_loop;
using test::run_until;

struct Mourner final : Retirable {
  Mourner(std::string* log_in, char name_in) : log(log_in), name(name_in) {}
  ~Mourner() override {
    *log += name;
    if (last_wish) last_wish();
  }
  std::string* log;
  char name;
  std::function<void()> last_wish;
};

TEST_CASE("stop() from another thread ends run(), after what was posted before") {
  const auto loop = make_loop();
  std::vector<int> done;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) loop->post([&done, i] { done.push_back(i); });
    loop->stop();
  });
  loop->run();
  other.join();
  REQUIRE(done.size() == 100);
  CHECK(std::ranges::is_sorted(done));
}

TEST_CASE("posted tasks run on the loop's thread, whoever posts") {
  const auto loop = make_loop();
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  int ran = 0;
  bool elsewhere = false;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, home = std::this_thread::get_id()] {
      for (int j = 0; j < kEach; ++j) {
        loop->post([&, home] {
          ++ran;
          elsewhere |= std::this_thread::get_id() != home;
        });
      }
    });
  }
  CHECK(run_until(*loop, [&] { return ran == kThreads * kEach; }));
  CHECK_FALSE(elsewhere);
}

TEST_CASE("a task that posts another one does not wait for it") {
  const auto loop = make_loop();
  std::string log;
  loop->post([&] {
    loop->post([&] { log += 'b'; });
    log += 'a';
  });
  CHECK(run_until(*loop, [&] { return log.size() == 2; }));
  CHECK(log == "ab");
}

TEST_CASE("deferred tasks run in order, and never inside defer()") {
  const auto loop = make_loop();
  std::string log;
  loop->defer([&] {
    loop->defer([&] { log += 'c'; });
    log += 'a';
  });
  loop->defer([&] { log += 'b'; });
  CHECK(log.empty());
  CHECK(run_until(*loop, [&] { return log.size() == 3; }));
  CHECK(log == "abc");
}

TEST_CASE("retired objects go in order, after what was deferred, and may retire more") {
  const auto loop = make_loop();
  std::string log;
  auto first = std::make_unique<Mourner>(&log, '1');
  first->last_wish = [&] { loop->retire(std::make_unique<Mourner>(&log, '3')); };
  loop->retire(std::move(first));
  loop->retire(std::make_unique<Mourner>(&log, '2'));
  loop->defer([&] { log += 'd'; });
  CHECK(log.empty());
  CHECK(run_until(*loop, [&] { return log.size() == 4; }));
  CHECK(log == "d123");
}

TEST_CASE("a loop that goes destroys what was retired and drops what was deferred") {
  std::string log;
  {
    const auto loop = make_loop();
    auto object = std::make_unique<Mourner>(&log, '1');
    object->last_wish = [&log, raw = loop.get()] {
      raw->retire(std::make_unique<Mourner>(&log, '2'));
    };
    loop->retire(std::move(object));
    loop->defer([&] { log += 'x'; });
    loop->post([&] { log += 'y'; });
  }
  CHECK(log == "12");
}

}  // namespace
}  // namespace mitm::net
