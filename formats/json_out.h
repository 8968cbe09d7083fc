#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/io.h"

namespace mitm::formats {

/// Writes one JSON text to a sink as it is made, compactly. Members are written as key() and then
/// one value. Requires: the calls make a well-formed text. The sink gets pieces; its first failure
/// ends the writing and is what finish() returns.
class JsonOut {
 public:
  explicit JsonOut(ByteSink& sink);
  ~JsonOut();
  JsonOut(const JsonOut&) = delete;
  JsonOut& operator=(const JsonOut&) = delete;

  JsonOut& key(std::string_view name);
  void begin_object();
  void end_object();
  void begin_array();
  void end_array();

  void null();
  void boolean(bool value);
  void number(double value);
  void small(unsigned value);
  /// 64-bit numbers lose digits in most readers and are strings.
  void large(std::uint64_t value);
  /// A string, or {"base64": ...} where `value` is not UTF-8.
  void string(ByteView value);

  /// A string whose content comes in pieces: begin_string(), any number of pieces put into text(),
  /// each followed by flush_if_large(), then end_string().
  void begin_string();
  void end_string();
  std::string& text();
  /// False when the sink has failed.
  bool flush_if_large();

  /// Ends the text with a line feed and hands all of it to the sink.
  Status finish();

 private:
  struct Writer;  // keeps RapidJSON to ourselves

  ByteSink& sink_;
  std::unique_ptr<Writer> writer_;
  Status written_;
};

}  // namespace mitm::formats
