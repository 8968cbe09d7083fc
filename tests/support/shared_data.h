#pragma once

#include <rapidjson/document.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "lib/base/io.h"

namespace mitm::test {

/// The content of a file of real inputs that is not part of the project; nothing, with a warning,
/// where those are absent.
inline std::optional<std::string> shared_data(const std::filesystem::path& path) {
  const auto whole = std::filesystem::path(MITM_SHARED_DATA) / path;
  if (!std::filesystem::exists(whole)) {
    WARN("skipped: " << whole.string() << " is absent");
    return std::nullopt;
  }
  return read_file(whole, std::size_t{64} << 20).value();
}

/// The same, as JSON.
inline std::optional<rapidjson::Document> shared_json(const std::filesystem::path& path) {
  const auto text = shared_data(path);
  if (!text) return std::nullopt;
  std::optional<rapidjson::Document> document(std::in_place);
  document->Parse(text->data(), text->size());
  REQUIRE_FALSE(document->HasParseError());
  return document;
}

}  // namespace mitm::test
