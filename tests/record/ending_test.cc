#include "cmd/mitm-record/ending.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <utility>
#include <vector>

using namespace mitm;
using namespace std::chrono_literals;
using record::Ending;

namespace {

constexpr net::Signal kInterrupt{.number = SIGINT, .from_kernel = true};

/// What ends, and what was asked of it.
struct Subject {
  std::vector<std::chrono::milliseconds> drained;
  std::promise<Status> closed;
  std::function<void()> on_closed = [] {};
  Status logged;
  bool command_runs = false;

  Ending::Subject functions() {
    return {.drain = [this](auto patience) { drained.push_back(patience); },
            .close = [this] { return closed.get_future().get(); },
            .key_log_status =
                [this] {
                  on_closed();
                  return logged;
                },
            .command_runs = [this] { return command_runs; },
            .drop_command = {}};
  }
};

class Scene {
 public:
  Scene() { config_.drain = 3s; }

  void post(std::function<void()> step) { loop_->post(std::move(step)); }
  /// Carries out `steps` and runs the loop until it is stopped.
  template <class... Steps>
  void run(Steps... steps) {
    (loop_->post(steps), ...);
    loop_->run();
  }

 private:
  record::Config config_;
  cli::Diagnostics diagnostics_{"test"};
  std::unique_ptr<net::Loop> loop_ = net::Loop::create().value();

 public:
  Subject subject;
  Ending ending{*loop_, config_, diagnostics_, subject.functions()};
};

}  // namespace

TEST_CASE("a run ends once, and the loop goes on until the recording is closed") {
  Scene scene;
  CHECK_FALSE(scene.ending.has_begun());
  scene.run([&] { scene.ending.begin(); }, [&] { scene.ending.begin(); },
            [&] { scene.subject.closed.set_value({}); });
  CHECK(scene.ending.has_begun());
  CHECK_FALSE(scene.ending.failed());
  CHECK(scene.subject.drained == std::vector<std::chrono::milliseconds>{3s});
}

TEST_CASE("the first signal begins the end, or makes it short when it has begun") {
  Scene asked;
  asked.run([&] { asked.ending.on_signal(kInterrupt); },
            [&] { asked.subject.closed.set_value({}); });
  CHECK(asked.subject.drained == std::vector<std::chrono::milliseconds>{3s});
  Scene begun;
  begun.run([&] { begun.ending.begin(); }, [&] { begun.ending.on_signal(kInterrupt); },
            [&] { begun.subject.closed.set_value({}); });
  CHECK(begun.subject.drained == std::vector<std::chrono::milliseconds>{3s, 0s});
}

TEST_CASE("a run ends after its command, whichever is over first") {
  Scene scene;
  scene.subject.command_runs = true;
  const auto end_command = [&] {
    scene.subject.command_runs = false;
    scene.ending.on_command_ended();
  };
  SECTION("the recording") {
    scene.subject.closed.set_value({});
    // A loop that has been stopped would not come to the second of these.
    scene.subject.on_closed = [&] { scene.post([&] { scene.post(end_command); }); };
    scene.run([&] { scene.ending.begin(); });
  }
  SECTION("the command") {
    scene.run(end_command, [&] { scene.subject.closed.set_value({}); });
    CHECK(scene.subject.drained == std::vector<std::chrono::milliseconds>{3s});
  }
  CHECK_FALSE(scene.subject.command_runs);
  CHECK_FALSE(scene.ending.failed());
}

TEST_CASE("a run fails when something is missing, not when the reader has left") {
  const auto fails = [](const Status& closed, const Status& logged) {
    Scene scene;
    scene.subject.closed.set_value(closed);
    scene.subject.logged = logged;
    scene.run([&] { scene.ending.begin(); });
    return scene.ending.failed();
  };
  CHECK_FALSE(fails({}, {}));
  CHECK_FALSE(fails(fail(Code::kCancelled, "reader left"), {}));
  CHECK(fails(fail(Code::kIo, "disk full"), {}));
  CHECK(fails({}, fail(Code::kIo, "key log")));
  CHECK(fails(fail(Code::kCancelled, "reader left"), fail(Code::kIo, "key log")));
}
