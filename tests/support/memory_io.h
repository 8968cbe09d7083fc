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

/// A disk that is full after `room` octets: writes what still fits, then fails.
class FailingSink final : public ByteSink {
 public:
  FailingSink(std::shared_ptr<Bytes> content, std::size_t room)
      : content_(std::move(content)), room_(room) {}
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
