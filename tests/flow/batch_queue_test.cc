#include "lib/flow/batch_queue.h"

#include <catch2/catch.hpp>

#include <thread>

using namespace mitm::flow;
using namespace std::chrono_literals;

namespace {

std::vector<Record> chunk_of(std::size_t size) {
  return {Record{.event = BodyChunk{.data = std::string(size, 'x')}}};
}

}  // namespace

TEST_CASE("the size of a record follows what it carries") {
  CHECK(approximate_size({.event = BodyChunk{.data = std::string(50'000, 'x')}}) >= 50'000);
  CHECK(approximate_size({.event = RequestHead{.raw = std::string(9'000, 'x')}}) >= 9'000);
  CHECK(approximate_size({.event = ClientHelloSeen{.raw = std::string(1'800, 'x')}}) >= 1'800);
  CHECK(approximate_size({.event = Trailers{.fields = {{"n", std::string(7'000, 'x')}}}}) >= 7'000);
  const auto chain = std::make_shared<CertificateChain>(
      CertificateChain{.certificates = {{.der = std::string(2'000, 'x')}}});
  CHECK(approximate_size({.event = TlsEstablished{.facts = {.chain = chain}}}) >= 2'000);
  CHECK(approximate_size({.event = Statistics{}}) < 2'000);
}

TEST_CASE("the queue is full from the high mark until it falls to half of it") {
  BatchQueue queue(100'000);
  CHECK(queue.push(chunk_of(60'000)));
  CHECK_FALSE(queue.push(chunk_of(60'000)));
  CHECK(queue.is_full());
  CHECK_FALSE(queue.push(chunk_of(1)));
  const auto first = queue.pop();
  REQUIRE(first);
  CHECK(queue.is_full());
  CHECK_FALSE(queue.release(*first));
  CHECK(queue.is_full());
  const auto second = queue.pop();
  REQUIRE(second);
  CHECK(queue.release(*second));
  CHECK_FALSE(queue.is_full());
  const auto third = queue.pop();
  REQUIRE(third);
  CHECK_FALSE(queue.release(*third));
}

TEST_CASE("a batch counts until it is released") {
  BatchQueue queue(100'000);
  queue.push(chunk_of(90'000));
  const auto batch = queue.pop();
  CHECK_FALSE(queue.push(chunk_of(20'000)));
}

TEST_CASE("a batch tells how full the queue was") {
  BatchQueue queue(100'000);
  queue.push(chunk_of(20'000));
  queue.push(chunk_of(60'000));
  const auto first = queue.pop();
  CHECK(first->fullness == Approx(0.8).margin(0.02));
  queue.release(*first);
  CHECK(queue.pop()->fullness == Approx(0.6).margin(0.02));
}

TEST_CASE("waiting for a batch ends when patience does") {
  BatchQueue queue(100'000);
  CHECK(queue.wait(1h, false, 1ms) == BatchQueue::Wake::kQuiet);
  queue.push(chunk_of(10));
  CHECK(queue.wait(1ms, false, 1h) == BatchQueue::Wake::kRecords);
}

TEST_CASE("a queue that is half full wakes at once") {
  BatchQueue queue(100'000);
  queue.push(chunk_of(60'000));
  CHECK(queue.wait(1h, false) == BatchQueue::Wake::kRecords);
}

TEST_CASE("an interval without a batch is quiet") {
  BatchQueue queue(100'000);
  CHECK(queue.wait(1ms, true) == BatchQueue::Wake::kQuiet);
}

TEST_CASE("a closed queue still hands out what it holds") {
  BatchQueue queue(100'000);
  queue.push(chunk_of(1));
  queue.close();
  CHECK(queue.wait(1h, false) == BatchQueue::Wake::kRecords);
  CHECK(queue.pop());
  CHECK(queue.wait(1h, false) == BatchQueue::Wake::kClosed);
}

TEST_CASE("an abandoned queue is closed and empty") {
  BatchQueue queue(100'000);
  queue.push(chunk_of(1));
  queue.abandon();
  CHECK_FALSE(queue.pop());
  CHECK(queue.wait(1h, true) == BatchQueue::Wake::kClosed);
}

TEST_CASE("a batch wakes whoever waits for one") {
  BatchQueue queue(100'000);
  std::thread producer([&] { queue.push(chunk_of(1)); });
  CHECK(queue.wait(1ms, false) == BatchQueue::Wake::kRecords);
  producer.join();
}
