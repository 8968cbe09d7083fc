#include "lib/wire/llhttp_judge.h"

#include <fmt/format.h>
#include <llhttp.h>

namespace mitm::wire {

struct LlhttpJudge::Parser {
  llhttp_t state{};
  bool no_body = false;
  Verdict verdict;
  bool headers_complete = false;
  bool chunk_begun = false;
  bool message_complete = false;
};

namespace {

template <class Parser>
Parser& parser_of(llhttp_t* state) {
  return *static_cast<Parser*>(state->data);
}

BodyFraming framing_of(const llhttp_t& state) {
  if ((state.flags & F_CHUNKED) != 0) return BodyFraming::kChunked;
  if ((state.flags & F_TRANSFER_ENCODING) != 0) return BodyFraming::kUntilClose;
  if ((state.flags & F_CONTENT_LENGTH) != 0) {
    return state.content_length > 0 ? BodyFraming::kLength : BodyFraming::kNone;
  }
  return llhttp_message_needs_eof(&state) != 0 ? BodyFraming::kUntilClose : BodyFraming::kNone;
}

template <class Parser>
int on_headers_complete(llhttp_t* state) {
  auto& parser = parser_of<Parser>(state);
  parser.headers_complete = true;
  auto& verdict = parser.verdict;
  verdict.framing = parser.no_body ? BodyFraming::kNone : framing_of(*state);
  verdict.length = verdict.framing == BodyFraming::kLength ? state->content_length : 0;
  verdict.keep_alive = state->http_minor > 0 ? (state->flags & F_CONNECTION_CLOSE) == 0
                                             : (state->flags & F_CONNECTION_KEEP_ALIVE) != 0;
  verdict.upgrade = (state->flags & F_UPGRADE) != 0 && (state->flags & F_CONNECTION_UPGRADE) != 0;
  return parser.no_body ? 1 : 0;
}

template <class Parser>
const llhttp_settings_t& settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_headers_complete = on_headers_complete<Parser>;
    made.on_chunk_header = [](llhttp_t* state) {
      parser_of<Parser>(state).chunk_begun = true;
      return 0;
    };
    made.on_message_complete = [](llhttp_t* state) {
      parser_of<Parser>(state).message_complete = true;
      return 0;
    };
    return made;
  }();
  return kSettings;
}

Bytes start_line_for(const LlhttpJudge::Start& start) {
  if (start.role == Role::kRequest)
    return start.http10 ? "POST / HTTP/1.0\r\n" : "POST / HTTP/1.1\r\n";
  Bytes line = start.http10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  for (unsigned unit = 100; unit > 0; unit /= 10)
    line += static_cast<char>('0' + start.status / unit % 10);
  return line += " \r\n";
}

}  // namespace

LlhttpJudge::LlhttpJudge() : parser_(std::make_unique<Parser>()) {}
LlhttpJudge::~LlhttpJudge() = default;

Status LlhttpJudge::execute(ByteView bytes) {
  const llhttp_errno_t result = llhttp_execute(&parser_->state, bytes.data(), bytes.size());
  // HPE_PAUSED_UPGRADE only says where the bytes of another protocol would begin.
  if (result == HPE_OK || result == HPE_PAUSED_UPGRADE) return {};
  const char* reason = llhttp_get_error_reason(&parser_->state);
  return fail(Code::kProtocol,
              fmt::format("llhttp: {}", reason != nullptr ? reason : llhttp_errno_name(result)));
}

Result<LlhttpJudge::Verdict> LlhttpJudge::judge_head(const Start& start, ByteView field_section) {
  *parser_ = Parser{.no_body = start.no_body};
  llhttp_init(&parser_->state, start.role == Role::kRequest ? HTTP_REQUEST : HTTP_RESPONSE,
              &settings<Parser>());
  parser_->state.data = parser_.get();
  MITM_TRY(execute(start_line_for(start)));
  MITM_TRY(execute(field_section));
  if (!parser_->headers_complete) return fail(Code::kProtocol, "llhttp: the head does not end");
  return parser_->verdict;
}

Result<std::uint64_t> LlhttpJudge::judge_chunk_line(ByteView line) {
  parser_->chunk_begun = false;
  MITM_TRY(execute(line));
  if (!parser_->chunk_begun) return fail(Code::kProtocol, "llhttp: no chunk begins");
  return parser_->state.content_length;
}

Status LlhttpJudge::judge_chunk_bytes(ByteView bytes) { return execute(bytes); }

Status LlhttpJudge::judge_trailers(ByteView section) {
  MITM_TRY(execute(section));
  if (!parser_->message_complete)
    return fail(Code::kProtocol, "llhttp: the trailer section does not end");
  return {};
}

}  // namespace mitm::wire
