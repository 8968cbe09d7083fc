#include "lib/cli/diagnostics.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <thread>

using mitm::cli::Diagnostics;

namespace {

/// What `speak` writes, as seen by the reader of a pipe.
std::string said(bool color, const std::function<void(const Diagnostics&)>& speak) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  speak(Diagnostics("mitm-x", color, ends[1]));
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t got = 0;
  while ((got = ::read(ends[0], buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  return text;
}

}  // namespace

TEST_CASE("an error is followed by its hint") {
  CHECK(said(false, [](const Diagnostics& out) {
          out.error(mitm::Error{mitm::Code::kIo, "open a: no", "try b"});
          out.error(mitm::Error{mitm::Code::kIo, "open c: no"});
        }) == "mitm-x: error: open a: no\nmitm-x: hint: try b\nmitm-x: error: open c: no\n");
}

TEST_CASE("warnings, hints and notes have their own lead") {
  CHECK(said(false,
             [](const Diagnostics& out) {
               out.warning("torn tail at byte 7");
               out.hint("look");
               out.note("listening on 127.0.0.1:8080 (explicit)");
             }) ==
        "mitm-x: warning: torn tail at byte 7\nmitm-x: hint: look\n"
        "mitm-x: listening on 127.0.0.1:8080 (explicit)\n");
}

TEST_CASE("a message is one line, whatever it quotes") {
  CHECK(said(false, [](const Diagnostics& out) { out.error("host a\n\x1b[2J"); }) ==
        "mitm-x: error: host a\\n\\x1b[2J\n");
}

TEST_CASE("only the kind is coloured") {
  CHECK(
      said(true, [](const Diagnostics& out) {
        out.error("a");
        out.warning("b");
        out.note("c");
      }) == "mitm-x: \x1b[1;31merror:\x1b[0m a\nmitm-x: \x1b[1;33mwarning:\x1b[0m b\nmitm-x: c\n");
}

TEST_CASE("messages of two threads do not mix") {
  const std::string text = said(false, [](const Diagnostics& out) {
    const auto speak = [&out](const char* message) {
      for (int i = 0; i < 100; ++i) out.note(message);
    };
    std::thread other(speak, "aaaaaaaaaaaaaaaaaaaa");
    speak("bbbbbbbbbbbbbbbbbbbb");
    other.join();
  });
  CHECK(text.size() == 200 * std::string("mitm-x: aaaaaaaaaaaaaaaaaaaa\n").size());
  CHECK(text.find("ab") == std::string::npos);
  CHECK(text.find("ba") == std::string::npos);
}

TEST_CASE("speaking into a closed descriptor is harmless") {
  const Diagnostics out("mitm-x", false, -1);
  out.error("nobody hears this");
}
