#include "lib/render/ink.h"

#include <catch2/catch.hpp>
#include <string>

using mitm::render::Ink;
using mitm::render::Painter;

TEST_CASE("colour is only written when it is wanted") {
  std::string out;
  Painter(false).append(out, Ink::kRed, "x");
  CHECK(out == "x");
  Painter(true).append(out, Ink::kRed, "y");
  CHECK(out == "x\x1b[31my\x1b[0m");
  Painter(true).append(out, Ink::kPlain, "z");
  CHECK(out == "x\x1b[31my\x1b[0mz");
}
