#include "lib/base/shell_word.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>

using mitm::shell_word;

namespace {

/// What a shell makes of it.
std::string read_by_shell(const std::string& word) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(("printf %s " + word).c_str(), "r"),
                                                   ::pclose);
  std::array<char, 256> text{};
  return {text.data(), std::fread(text.data(), 1, text.size(), pipe.get())};
}

}  // namespace

TEST_CASE("a plain word is left as it is") {
  CHECK(shell_word("/home/me/.local/share/mitmkit-2") == "/home/me/.local/share/mitmkit-2");
}

TEST_CASE("a shell reads back what was quoted") {
  for (const std::string text : {"", "two words", "it's", "'", "$HOME `id` $(id)", "a\\b\"c",
                                 "*?[x]", "~", "a;b&c|d>e", "ü"})
    CHECK(read_by_shell(shell_word(text)) == text);
}
