#include "lib/render/ink.h"

namespace mitm::render {

std::string_view Painter::begin(Ink ink) const {
  if (!color_) return "";
  switch (ink) {
    case Ink::kPlain:
      return "";
    case Ink::kRed:
      return "\x1b[31m";
    case Ink::kGreen:
      return "\x1b[32m";
    case Ink::kYellow:
      return "\x1b[33m";
    case Ink::kBlue:
      return "\x1b[34m";
    case Ink::kMagenta:
      return "\x1b[35m";
  }
  return "";
}

std::string_view Painter::end(Ink ink) const {
  return !color_ || ink == Ink::kPlain ? "" : "\x1b[0m";
}

void Painter::append(std::string& out, Ink ink, std::string_view text) const {
  out += begin(ink);
  out += text;
  out += end(ink);
}

}  // namespace mitm::render
