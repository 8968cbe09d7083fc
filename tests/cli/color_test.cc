#include "lib/cli/color.h"

#include <catch2/catch.hpp>

using mitm::cli::ColorChoice;
using mitm::cli::Terminal;
using mitm::cli::use_color;

TEST_CASE("the flag decides when it decides") {
  CHECK(use_color(ColorChoice::kAlways, Terminal{.no_color = "1"}));
  CHECK_FALSE(use_color(ColorChoice::kNever, Terminal{.is_terminal = true, .term = "xterm"}));
}

TEST_CASE("auto colours a terminal that can") {
  CHECK(use_color(ColorChoice::kAuto, Terminal{.is_terminal = true, .term = "xterm"}));
  CHECK_FALSE(use_color(ColorChoice::kAuto, Terminal{.is_terminal = false, .term = "xterm"}));
  CHECK_FALSE(use_color(ColorChoice::kAuto, Terminal{.is_terminal = true, .term = "dumb"}));
  CHECK_FALSE(use_color(ColorChoice::kAuto, Terminal{.is_terminal = true, .term = ""}));
  CHECK_FALSE(use_color(ColorChoice::kAuto,
                        Terminal{.is_terminal = true, .term = "xterm", .no_color = "0"}));
}

TEST_CASE("the words of --color are parsed") {
  CHECK(mitm::cli::parse_color_choice("auto").value() == ColorChoice::kAuto);
  CHECK(mitm::cli::parse_color_choice("always").value() == ColorChoice::kAlways);
  CHECK(mitm::cli::parse_color_choice("never").value() == ColorChoice::kNever);
  CHECK(mitm::cli::parse_color_choice("sometimes").error().message ==
        "option --color: 'sometimes' is not one of auto, always, never");
}
