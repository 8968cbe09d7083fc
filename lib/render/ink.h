#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mitm::render {

enum class Ink : std::uint8_t { kPlain, kRed, kGreen, kYellow, kBlue, kMagenta };

/// Colours a piece of a line, or does nothing. Whether there is colour is the caller's decision.
class Painter {
 public:
  explicit Painter(bool color) : color_(color) {}

  /// What to append before a text of this colour, and after it.
  [[nodiscard]] std::string_view begin(Ink ink) const;
  [[nodiscard]] std::string_view end(Ink ink) const;
  /// `text` is printable already.
  void append(std::string& out, Ink ink, std::string_view text) const;

 private:
  bool color_;
};

}  // namespace mitm::render
