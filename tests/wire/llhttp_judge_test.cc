#include "lib/wire/llhttp_judge.h"

#include <catch2/catch.hpp>

using mitm::wire::BodyFraming;
using mitm::wire::LlhttpJudge;
using mitm::wire::Role;

TEST_CASE("fields decide the framing") {
  LlhttpJudge judge;
  const auto request = judge.judge_head({}, "Content-Length: 12\r\nConnection: close\r\n\r\n");
  REQUIRE(request);
  CHECK(request->framing == BodyFraming::kLength);
  CHECK(request->length == 12);
  CHECK_FALSE(request->keep_alive);
  const LlhttpJudge::Start response{.role = Role::kResponse, .status = 200};
  CHECK(judge.judge_head(response, "\r\n")->framing == BodyFraming::kUntilClose);
  CHECK(judge.judge_head(response, "Content-Length: 0\r\n\r\n")->framing == BodyFraming::kNone);
  CHECK(judge.judge_head({.role = Role::kResponse, .status = 200, .no_body = true}, "\r\n")
            ->framing == BodyFraming::kNone);
}

TEST_CASE("version and Connection decide whether more may come") {
  LlhttpJudge judge;
  CHECK(judge.judge_head({}, "\r\n")->keep_alive);
  CHECK_FALSE(judge.judge_head({.http10 = true}, "\r\n")->keep_alive);
  CHECK(judge.judge_head({.http10 = true}, "Connection: Keep-Alive\r\n\r\n")->keep_alive);
  CHECK_FALSE(judge.judge_head({}, "Connection: foo, close\r\n\r\n")->keep_alive);
}

TEST_CASE("an upgrade needs both fields") {
  LlhttpJudge judge;
  CHECK(judge.judge_head({}, "Connection: upgrade\r\nUpgrade: x\r\n\r\n")->upgrade);
  CHECK_FALSE(judge.judge_head({}, "Upgrade: x\r\n\r\n")->upgrade);
  CHECK_FALSE(judge.judge_head({}, "Connection: upgrade\r\n\r\n")->upgrade);
}

TEST_CASE("chunks are judged piece by piece") {
  LlhttpJudge judge;
  REQUIRE(judge.judge_head({}, "Transfer-Encoding: chunked\r\n\r\n")->framing ==
          BodyFraming::kChunked);
  CHECK(judge.judge_chunk_line("1f\r\n") == 31U);
  CHECK(judge.judge_chunk_bytes(std::string(20, 'x')));
  CHECK(judge.judge_chunk_bytes(std::string(11, 'x')));
  CHECK(judge.judge_chunk_bytes("\r\n"));
  CHECK(judge.judge_chunk_line("0\r\n") == 0U);
  CHECK(judge.judge_trailers("A: b\r\n\r\n"));
}

TEST_CASE("what is wrong is refused, and the next message is judged afresh") {
  LlhttpJudge judge;
  CHECK_FALSE(judge.judge_head({}, "A b\r\n\r\n"));
  CHECK_FALSE(judge.judge_head({}, "A: b\r\n"));
  CHECK_FALSE(judge.judge_head({}, "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"));
  REQUIRE(judge.judge_head({}, "Transfer-Encoding: chunked\r\n\r\n"));
  CHECK_FALSE(judge.judge_chunk_line("x\r\n"));
  REQUIRE(judge.judge_head({}, "Transfer-Encoding: chunked\r\n\r\n"));
  CHECK(judge.judge_chunk_line("1\r\n") == 1U);
  CHECK_FALSE(judge.judge_chunk_bytes("abc"));
  CHECK(judge.judge_head({}, "\r\n"));
}
