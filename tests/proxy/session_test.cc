#include "lib/proxy/session.h"

#include <catch2/catch.hpp>

#include "tests/support/session_fixture.h"

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using test::Ending;
using test::Peer;
using Fixture = test::SessionFixture;

struct Probe final : Phase {
  Probe(Session& session, std::string& log) : Phase(session), log_(log) {}
  ~Probe() override { log_ += "gone "; }
  void start() override { log_ += "start "; }
  void cut(const flow::FlowError& error) override { log_ += "cut:" + error.kind + " "; }
  [[nodiscard]] Waiting waiting() const override { return Waiting::kElse; }
  void on_input(net::Stream&) override { log_ += "input "; }
  void on_end(net::Stream&, bool) override { log_ += "end "; }
  void on_error(net::Stream&, net::StreamError) override { log_ += "error "; }
  [[nodiscard]] bool is_current() const { return current(); }

 private:
  std::string& log_;
};

TEST_CASE("a session begins with its connection and ends with it, once") {
  Fixture f;
  f.session->close(flow::FlowError{"aborted", "x"});
  CHECK(f.retired == 1);
  CHECK(f.lines() == Lines{"0 opened", "0 closed error aborted"});
  CHECK(f.journal.records.front().connection == 7);
  CHECK(std::get<flow::ConnectionOpened>(f.journal.records.front().event).client ==
        flow::Endpoint{"192.0.2.1", 1});
}

TEST_CASE("a new phase hears what happens, and the old one goes later") {
  std::string log;
  Fixture f;
  auto first = std::make_unique<Probe>(*f.session, log);
  Probe& old = *first;
  f.session->enter(std::move(first));
  CHECK(old.is_current());
  f.session->enter(std::make_unique<Probe>(*f.session, log));
  CHECK(log == "start start ");
  CHECK_FALSE(old.is_current());
  f.client->send("x");
  test::run_until(*f.loop, [&] { return log.find("input") != std::string::npos; });
  CHECK(log == "start start gone input ");
  f.session->close();
}

TEST_CASE("a closed session has no current phase, and its streams are silent") {
  std::string log;
  Fixture f;
  auto phase = std::make_unique<Probe>(*f.session, log);
  Probe& probe = *phase;
  f.session->enter(std::move(phase));
  f.client->send("x");
  f.session->close();
  CHECK_FALSE(probe.is_current());
  test::run_for(*f.loop, std::chrono::milliseconds(20));
  CHECK(log == "start gone ");
}

TEST_CASE("cutting a session asks its phase first and resets the client") {
  std::string log;
  Fixture f;
  f.session->enter(std::make_unique<Probe>(*f.session, log));
  f.session->cut({"aborted", "x"});
  CHECK(log == "start cut:aborted ");
  test::run_for(*f.loop, std::chrono::milliseconds(5));
  f.client->drain();
  CHECK(f.client->ending() == Ending::kReset);
}

TEST_CASE("a session that is held reads nothing from old and new streams until it is released") {
  std::string log;
  Fixture f;
  f.session->enter(std::make_unique<Probe>(*f.session, log));
  f.session->hold(true);
  test::TcpPair pair;
  Peer server(std::move(pair.theirs));
  auto handler = std::make_unique<Probe>(*f.session, log);
  f.session->set_server(net::make_stream(*f.loop, std::move(pair.ours), *handler));
  f.session->enter(std::move(handler));
  server.send("x");
  f.client->send("x");
  test::run_for(*f.loop, std::chrono::milliseconds(20));
  CHECK(log.find("input") == std::string::npos);
  f.session->hold(false);
  CHECK(test::run_until(*f.loop, [&] { return log.find("input input") != std::string::npos; }));
  f.session->close();
}

TEST_CASE("a session on which nothing moves ends although it is held again and again") {
  using std::chrono::milliseconds;
  Fixture f({.stillness = {.idle = milliseconds(50)}});
  bool held = false;
  net::Timer turns(*f.loop, [&] {
    f.session->hold(held = !held);
    f.session->check_stillness(false);
    if (f.retired == 0) turns.start(milliseconds(5));
  });
  turns.start(milliseconds(5));
  CHECK(test::run_until(*f.loop, [&] { return f.retired == 1; }));
}

TEST_CASE("a session is settled with its first server until it looks for another one") {
  std::string log;
  Fixture f;
  Probe handler(*f.session, log);
  const auto connect = [&] {
    f.session->set_server(net::make_stream(*f.loop, std::move(test::TcpPair().ours), handler));
  };
  f.session->unsettle();
  CHECK(f.settled == 0);
  connect();
  connect();
  CHECK(f.settled == 1);
  f.session->set_server(nullptr);
  CHECK(f.settled == 1);
  f.session->unsettle();
  f.session->unsettle();
  CHECK(f.settled == 0);
  CHECK_FALSE(f.session->is_settled());
  CHECK(f.session->had_server());
  connect();
  CHECK(f.settled == 1);
  f.session->close();
  test::run_for(*f.loop, std::chrono::milliseconds(5));
}

TEST_CASE("the sides of a session know each other") {
  std::string log;
  Fixture f;
  test::TcpPair pair;
  auto phase = std::make_unique<Probe>(*f.session, log);
  f.session->set_server(net::make_stream(*f.loop, std::move(pair.ours), *phase));
  f.session->enter(std::move(phase));
  net::Stream& client = f.session->client();
  net::Stream& server = *f.session->server();
  CHECK(&f.session->peer_of(client) == &server);
  CHECK(&f.session->peer_of(server) == &client);
  CHECK(f.session->side_of(client) == flow::Side::kClient);
  CHECK(f.session->side_of(server) == flow::Side::kServer);
  f.session->close();
}

}  // namespace
}  // namespace mitm::proxy
