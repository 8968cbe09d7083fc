#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "lib/base/io.h"

namespace mitm::test {

/// Keeps what is written where the test can see it, after the sink is gone too.
class MemorySink final : public ByteSink {
 public:
  explicit MemorySink(std::shared_ptr<Bytes> content) : content_(std::move(content)) {}
  Status write(ByteView bytes) override {
    content_->append(bytes);
    return {};
  }
  Status sync() override { return {}; }
  Status close() override { return {}; }

 private:
  std::shared_ptr<Bytes> content_;
};

/// A disk that is full after `room` octets, until make_room(): writes what still fits, then fails.
class FailingSink final : public ByteSink {
 public:
  FailingSink(std::shared_ptr<Bytes> content, std::size_t room)
      : content_(std::move(content)), room_(room) {}
  void make_room(std::size_t room) { room_ += room; }
  [[nodiscard]] std::optional<std::uint64_t> written() const override { return content_->size(); }
  Status write(ByteView bytes) override {
    content_->append(bytes.substr(0, room_));
    if (bytes.size() > room_) {
      room_ = 0;
      return fail(Code::kIo, "write memory: No space left on device");
    }
    room_ -= bytes.size();
    return {};
  }
  Status sync() override { return {}; }
  Status close() override { return {}; }

 private:
  std::shared_ptr<Bytes> content_;
  std::size_t room_;
};

/// Fails at the write of number `bad`, from 0, for which it takes half of the octets: for that one
/// only, or with `for_good` at every later one too.
class FlakySink final : public ByteSink {
 public:
  FlakySink(std::shared_ptr<Bytes> content, std::size_t bad, bool for_good)
      : content_(std::move(content)), bad_(bad), for_good_(for_good) {}
  [[nodiscard]] std::optional<std::uint64_t> written() const override { return content_->size(); }
  Status write(ByteView bytes) override {
    const std::size_t number = writes_++;
    const bool fails = number == bad_ || (for_good_ && number > bad_);
    if (!fails || number == bad_) content_->append(bytes.substr(0, bytes.size() / (fails ? 2 : 1)));
    return fails ? fail(Code::kIo, "write memory: No space left on device") : Status{};
  }
  Status sync() override { return {}; }
  Status close() override { return {}; }

 private:
  std::shared_ptr<Bytes> content_;
  std::size_t bad_;
  bool for_good_;
  std::size_t writes_ = 0;
};

/// Hands out `content` in pieces of `step` octets, and seems to have to be waited for after each.
class SlowSource final : public ByteSource {
 public:
  explicit SlowSource(Bytes content, std::size_t step)
      : content_(std::move(content)), step_(step) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    // A piece that does not fit comes in two.
    const std::size_t to_boundary = step_ - position_ % step_;
    const std::size_t size = std::min({buffer.size(), content_.size() - position_, to_boundary});
    std::copy_n(content_.data() + position_, size, buffer.data());
    position_ += size;
    return size;
  }
  [[nodiscard]] bool is_ready() const override { return position_ % step_ != 0; }

 private:
  Bytes content_;
  std::size_t step_;
  std::size_t position_ = 0;
};

/// Hands out `content`, at most `step` octets at a time.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(Bytes content, std::size_t step = 64 * 1024)
      : content_(std::move(content)), step_(step) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t size = std::min({buffer.size(), content_.size() - position_, step_});
    std::copy_n(content_.data() + position_, size, buffer.data());
    position_ += size;
    return size;
  }

 private:
  Bytes content_;
  std::size_t step_;
  std::size_t position_ = 0;
};

}  // namespace mitm::test
