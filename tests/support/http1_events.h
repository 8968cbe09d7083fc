#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/wire/http1.h"
#include "tests/support/cuts.h"

namespace mitm::test {

/// How an Http1Decoder is driven.
struct Http1Run {
  wire::Role role = wire::Role::kRequest;
  std::vector<wire::ResponseContext> requests = {};  ///< expected before anything is fed
  std::optional<bool> switched = std::nullopt;       ///< resume() with this, when Paused
  bool resume_late = false;                          ///< only after everything was fed
  std::optional<bool> eof_clean = std::nullopt;      ///< feed_eof() at the end
  wire::Http1Limits limits = {};
};

/// The events as lines such as "request GET / HTTP/1.1 length 3 keep-alive", "body abc", "end",
/// "paused", "oddity bare-lf" (with '!' when it is about framing), "unparsed ...", "failed ...".
/// Adjacent bodies are one line, so are adjacent unparsed bytes. Checks that the `wire` of all
/// events is the input again, in order.
std::vector<std::string> http1_events(const Pieces& pieces, const Http1Run& run);

/// The same for every one of cuttings(input); checks that all agree.
std::vector<std::string> http1_events_every_way(std::string_view input, const Http1Run& run = {});

using Names = std::set<std::string>;

/// The names of the oddities that these requests raise, and "failed" when they are given up; the
/// same however the input is cut.
Names oddities_of(std::string_view requests);

/// The same for a POST with these field lines after Host.
Names oddities_of_fields(std::string_view lines);

}  // namespace mitm::test
