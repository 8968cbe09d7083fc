#include "lib/wire/http1.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "lib/wire/http1_chunked.h"
#include "lib/wire/http1_framing.h"
#include "lib/wire/http1_input.h"
#include "lib/wire/http1_lines.h"
#include "lib/wire/oddity_log.h"

// Goals: every octet that is fed leaves in exactly one event, in order; the events do not depend on
// how the input was cut (but for the cuts within BodyData and Unparsed); nothing is copied that
// lies in one piece. llhttp judges heads and chunks that were cut out before it sees them, because
// its callbacks do not tell positions and it reads on after a message's end.
//
// clang-format off
//   kHead ─┬─▶ kLength ─────┐
//    ▲ │ │ ├─▶ kUntilClose ─┤
//    │ │ │ ├─▶ kChunked ────┼─▶ kMessageEnd ─┬─▶ kHead
//    └─┘ │ └────────────────┘                ├─▶ kFinal ─▶ kUnparsed        after a final message
//  1xx   │                                   ├─▶ kPaused ─▶ kHead, kFinal   CONNECT, Upgrade
//        ▼                                   │      └─────▶ kUnparsed       when they are granted
//    kUnparsed ◀── giving up, from anywhere  └─▶ kUnparsed                  after a switch (101)
// clang-format on

namespace mitm::wire {
namespace {

enum class State : std::uint8_t {
  kHead,
  kLength,
  kUntilClose,
  kChunked,
  kMessageEnd,
  kPaused,
  kFinal,
  kUnparsed,
};

State body_state(BodyFraming framing) {
  switch (framing) {
    case BodyFraming::kNone:
      return State::kMessageEnd;
    case BodyFraming::kLength:
      return State::kLength;
    case BodyFraming::kChunked:
      return State::kChunked;
    case BodyFraming::kUntilClose:
      return State::kUntilClose;
  }
  return State::kMessageEnd;
}

/// Nothing yet but line ends, of which the last may be half there.
bool is_blank(ByteView text) { return text.empty() || text == "\r"; }

}  // namespace

class Http1Decoder::Machine {
 public:
  Machine(Role role, const Http1Limits& limits)
      : role_(role), limits_(limits), chunks_(heads_.judge(), limits) {
    begin_message();
  }

  void feed(ByteView input) { input_.feed(input); }
  void feed_eof(bool clean) { input_.end(clean ? Ending::kClean : Ending::kCut); }
  Event next();
  [[nodiscard]] bool in_head();
  [[nodiscard]] bool in_section();
  [[nodiscard]] bool between_messages();
  void give_up(std::string reason);
  void resume(bool switched);
  void expect(const ResponseContext& context);

 private:
  /// What becomes of the present message.
  struct Message {
    SectionScanner scanner;
    bool first_line_checked = false;
    bool pause_told = false;
    std::uint64_t left = 0;            ///< octets of the body still to come
    State after = State::kHead;        ///< when it has ended
    State after_pause = State::kHead;  ///< when the protocol was not switched
  };

  bool step();
  bool step_head();
  bool step_body(std::size_t limit);
  bool step_chunked();
  bool step_message_end();
  bool step_paused();
  bool step_final();
  bool step_unparsed();
  bool step_ending();

  bool check_unfinished_head(ByteView window);
  void read_request(ByteView wire);
  void read_response(ByteView wire);
  bool refuse_responses(ByteView text);
  void begin_message();
  bool fail(std::string reason, bool head_too_large = false);

  const Role role_;
  const Http1Limits limits_;
  State state_ = State::kHead;
  Http1Input input_;
  HeadReader heads_;
  ChunkedBody chunks_;
  Message message_;
  std::vector<Outstanding> outstanding_;
  OddityLog log_;
  std::optional<Event> ready_;
};

Event Http1Decoder::Machine::next() {
  while (true) {
    if (auto oddity = log_.take()) return *std::move(oddity);
    if (ready_) return *std::exchange(ready_, std::nullopt);
    if (step()) continue;
    if (state_ == State::kPaused) return Paused{};
    if (input_.ending() != Ending::kOpen && step_ending()) continue;
    input_.keep();
    return NeedData{};
  }
}

/// One step of the machine: true when something happened.
bool Http1Decoder::Machine::step() {
  switch (state_) {
    case State::kHead:
      return step_head();
    case State::kLength:
      return step_body(static_cast<std::size_t>(std::min<std::uint64_t>(message_.left, SIZE_MAX)));
    case State::kUntilClose:
      return step_body(SIZE_MAX);
    case State::kChunked:
      return step_chunked();
    case State::kMessageEnd:
      return step_message_end();
    case State::kPaused:
      return step_paused();
    case State::kFinal:
      return step_final();
    case State::kUnparsed:
      return step_unparsed();
  }
  return false;
}

bool Http1Decoder::Machine::step_head() {
  const ByteView window = input_.window(limits_.max_head + 1);
  if (window.empty()) return false;
  const auto end = message_.scanner.find_end(window);
  const ByteView text = window.substr(message_.scanner.text_start());
  if (role_ == Role::kResponse && refuse_responses(text)) return true;
  if (end.value_or(window.size()) > limits_.max_head) {
    log_.add(OddityId::kHeadTooLarge);
    return fail(fmt::format("a head exceeds {} octets", limits_.max_head), true);
  }
  if (!end) return check_unfinished_head(text);
  const ByteView wire = input_.take_window(*end);
  role_ == Role::kRequest ? read_request(wire) : read_response(wire);
  return true;
}

/// What no request asked for is not decoded. True when that is so.
bool Http1Decoder::Machine::refuse_responses(ByteView text) {
  if (outstanding_.size() > limits_.max_outstanding) {
    return fail(fmt::format("more than {} requests wait for a response", limits_.max_outstanding));
  }
  if (is_blank(text) || !outstanding_.empty()) return false;
  log_.add(OddityId::kUnsolicitedResponse, text.substr(0, 64));
  state_ = State::kUnparsed;
  return true;
}

/// Gives up on what cannot become a message without waiting for the end of its head. True then.
bool Http1Decoder::Machine::check_unfinished_head(ByteView text) {
  if (is_blank(text) || message_.first_line_checked) return false;
  message_.first_line_checked = message_.scanner.has_text_line();
  const Status checked =
      HeadReader::check_beginning(role_, text, message_.scanner.text_start() > 0, log_);
  return !checked && fail(checked.error().message);
}

void Http1Decoder::Machine::read_request(ByteView wire) {
  const std::size_t blank = message_.scanner.text_start();
  RequestHead head{.wire = wire, .raw = wire.substr(blank)};
  const Status read = heads_.read_request(head, blank > 0, log_);
  if (!read) {
    input_.put_back(wire);
    fail(read.error().message);
    return;
  }
  message_.left = head.length;
  message_.after_pause = head.keep_alive ? State::kHead : State::kFinal;
  const bool may_switch = head.upgrade_asked || head.method == "CONNECT";
  message_.after = may_switch ? State::kPaused : message_.after_pause;
  state_ = body_state(head.framing);
  if (state_ == State::kChunked) chunks_.begin();
  ready_ = head;
}

void Http1Decoder::Machine::read_response(ByteView wire) {
  const std::size_t blank = message_.scanner.text_start();
  ResponseHead head{.wire = wire, .raw = wire.substr(blank)};
  const Outstanding request = outstanding_.front();
  const Status read = heads_.read_response(head, blank > 0, request, log_);
  if (!read) {
    input_.put_back(wire);
    fail(read.error().message);
    return;
  }
  ready_ = head;
  if (head.is_interim()) {
    begin_message();
    return;
  }
  outstanding_.erase(outstanding_.begin());
  message_.left = head.length;
  message_.after = switches_protocol(head.status, request) ? State::kUnparsed
                   : head.keep_alive                       ? State::kHead
                                                           : State::kFinal;
  state_ = body_state(head.framing);
  if (state_ == State::kChunked) chunks_.begin();
}

bool Http1Decoder::Machine::step_body(std::size_t limit) {
  const ByteView data = input_.take(limit);
  if (data.empty()) return false;
  ready_ = BodyData{.data = data, .wire = data};
  if (state_ == State::kLength) {
    message_.left -= data.size();
    if (message_.left == 0) state_ = State::kMessageEnd;
  }
  return true;
}

bool Http1Decoder::Machine::step_chunked() {
  auto piece = chunks_.next(input_, log_);
  if (!piece) return fail(piece.error().message);
  if (!*piece) return false;
  ready_ = std::move((*piece)->event);
  if ((*piece)->last) state_ = State::kMessageEnd;
  return true;
}

bool Http1Decoder::Machine::step_message_end() {
  ready_ = MessageEnd{.complete = true};
  state_ = message_.after;
  const State after_pause = message_.after_pause;
  begin_message();
  message_.after_pause = after_pause;
  return true;
}

/// Keeps what comes while nobody knows what it is, within bounds, but gives the caller the chance
/// to tell before anything is decided by its size.
bool Http1Decoder::Machine::step_paused() {
  if (!message_.pause_told || input_.size() <= limits_.max_held) {
    message_.pause_told = true;
    input_.keep();
    return false;
  }
  log_.add(OddityId::kHeldBytesOverflow);
  state_ = State::kUnparsed;
  return true;
}

/// Blank lines after a final message are harmless; old clients send one after a body.
bool Http1Decoder::Machine::step_final() {
  const ByteView window = input_.window(SIZE_MAX);
  if (window.empty()) return false;
  const std::size_t blank = std::min(window.find_first_not_of("\r\n"), window.size());
  if (blank > 0) {
    ready_ = Unparsed{.wire = input_.take(blank)};
    return true;
  }
  log_.add(OddityId::kBytesAfterFinalMessage, window.substr(0, 64));
  state_ = State::kUnparsed;
  return true;
}

bool Http1Decoder::Machine::step_unparsed() {
  const ByteView bytes = input_.take_any();
  if (bytes.empty()) return false;
  ready_ = Unparsed{.wire = bytes};
  return true;
}

/// The input ended and no step is possible any more. True when that had a consequence.
bool Http1Decoder::Machine::step_ending() {
  switch (state_) {
    case State::kHead: {
      const ByteView window = input_.window(limits_.max_head);
      if (window.empty()) return false;
      const bool only_blank = window.find_first_not_of("\r\n") == ByteView::npos;
      if (!only_blank) return fail("the connection ended within a head");
      break;
    }
    case State::kUntilClose:
      ready_ = MessageEnd{.complete = input_.ending() == Ending::kClean};
      break;
    case State::kLength:
    case State::kChunked:
      ready_ = MessageEnd{.complete = false, .wire = input_.take_any()};
      break;
    case State::kMessageEnd:
    case State::kPaused:
    case State::kFinal:
    case State::kUnparsed:
      return false;
  }
  state_ = State::kUnparsed;
  return true;
}

void Http1Decoder::Machine::begin_message() {
  message_ = {};
  message_.scanner.start(SectionScanner::Until::kBlankLineAfterText);
  log_.begin_message();
}

bool Http1Decoder::Machine::fail(std::string reason, bool head_too_large) {
  ready_ = Failed{.reason = std::move(reason), .head_too_large = head_too_large};
  state_ = State::kUnparsed;
  return true;
}

void Http1Decoder::Machine::give_up(std::string reason) {
  if (state_ == State::kUnparsed) return;
  if (state_ == State::kPaused) input_.reuse_kept();
  fail(std::move(reason));
}

bool Http1Decoder::Machine::in_head() {
  return state_ == State::kHead &&
         input_.window(limits_.max_head).find_first_not_of("\r\n") != ByteView::npos;
}

bool Http1Decoder::Machine::in_section() {
  return in_head() || (state_ == State::kChunked && input_.size() > 0);
}

bool Http1Decoder::Machine::between_messages() {
  return (state_ == State::kHead && !in_head()) || state_ == State::kFinal;
}

void Http1Decoder::Machine::resume(bool switched) {
  if (state_ != State::kPaused) return;
  state_ = switched ? State::kUnparsed : message_.after_pause;
  input_.reuse_kept();
}

void Http1Decoder::Machine::expect(const ResponseContext& context) {
  if (outstanding_.size() > limits_.max_outstanding) return;
  outstanding_.push_back({.head = context.method == "HEAD",
                          .connect = context.method == "CONNECT",
                          .upgrade_asked = context.upgrade_asked});
}

Http1Decoder::Http1Decoder(Role role, const Http1Limits& limits)
    : machine_(std::make_unique<Machine>(role, limits)) {}
Http1Decoder::Http1Decoder(Http1Decoder&&) noexcept = default;
Http1Decoder& Http1Decoder::operator=(Http1Decoder&&) noexcept = default;
Http1Decoder::~Http1Decoder() = default;

void Http1Decoder::feed(ByteView input) { machine_->feed(input); }
void Http1Decoder::feed_eof(bool clean) { machine_->feed_eof(clean); }
Event Http1Decoder::next() { return machine_->next(); }
bool Http1Decoder::in_head() const { return machine_->in_head(); }
bool Http1Decoder::in_section() const { return machine_->in_section(); }
bool Http1Decoder::between_messages() const { return machine_->between_messages(); }
void Http1Decoder::give_up(std::string reason) { machine_->give_up(std::move(reason)); }
void Http1Decoder::resume(bool switched) { machine_->resume(switched); }
void Http1Decoder::expect(const ResponseContext& context) { machine_->expect(context); }

}  // namespace mitm::wire
