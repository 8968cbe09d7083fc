#include "cmd/mitm-record/config.h"

#include <catch2/catch.hpp>

#include "cmd/mitm-record/flags.h"

using namespace mitm;
using namespace std::chrono_literals;
using record::Config;

namespace {

Result<Config> config(const std::vector<std::string>& arguments) {
  const auto options = cli::parse(record::program(), arguments);
  if (!options) return std::unexpected(options.error());
  return record::make_config(*options);
}

std::string refusal(const std::vector<std::string>& arguments) {
  const auto result = config(arguments);
  if (result) return "accepted";
  CHECK(result.error().code == Code::kUsage);
  return result.error().message;
}

TEST_CASE("only connecting and shaking hands cannot take for ever") {
  const Config chosen =
      config({"--handshake-timeout", "4", "--first-byte-timeout", "0", "--idle-timeout", "0"})
          .value();
  CHECK(chosen.proxy.handshake_timeout == 4s);
  CHECK_FALSE(chosen.proxy.stillness.any());
  const Config sane = config({}).value();
  CHECK(sane.proxy.stillness.idle == 600s);
  CHECK(sane.proxy.stillness.first_byte == 300s);
  CHECK(refusal({"--handshake-timeout", "0"}).contains("--handshake-timeout"));
  CHECK(refusal({"--idle-timeout", "-1"}).contains("--idle-timeout"));
}

}  // namespace

TEST_CASE("without options mitm-record prints what passes 127.0.0.1:8080") {
  const Config result = config({}).value();
  CHECK_FALSE(result.output.path);
  CHECK(result.drain == 2s);
  CHECK(result.proxy.connect_timeout == 10s);
  CHECK(result.proxy.recording.snap_length == UINT64_MAX);
  CHECK_FALSE(result.proxy.insecure);
  CHECK_FALSE(result.output.count);
}

TEST_CASE("what follows the dashes is the command") {
  CHECK(config({"--", "curl", "-w", "x"}).value().command ==
        std::vector<std::string>{"curl", "-w", "x"});
}

TEST_CASE("what cannot be meant is refused with the option's name") {
  CHECK(refusal({"-c", "0"}).find("--count") != std::string::npos);
  CHECK(refusal({"-s", "many"}).find("--snapshot-length") != std::string::npos);
  CHECK(refusal({"--compression", "20"}).find("--compression") != std::string::npos);
  CHECK(refusal({"--threads", "0"}).find("--threads") != std::string::npos);
  CHECK(refusal({"--drain", "-1"}) != "accepted");
  CHECK(refusal({"--connect-timeout", "0"}).find("--connect-timeout") != std::string::npos);
  CHECK(refusal({"-w", "-", "--", "true"}).find("exclude") != std::string::npos);
  CHECK(refusal({"-w", "x", "--ready-file", "./x"}).find("same file") != std::string::npos);
  CHECK(refusal({"-w", "x", "--keylog", "./x"}).find("--keylog") != std::string::npos);
}

TEST_CASE("numbers, sizes and times arrive") {
  const Config result =
      config({"-c", "3", "-s", "64k", "--drain", "0.5", "--connect-timeout", "1.5", "-U", "-k"})
          .value();
  CHECK(result.output.count == 3);
  CHECK(result.proxy.recording.snap_length == 65536);
  CHECK(result.drain == 500ms);
  CHECK(result.proxy.connect_timeout == 1500ms);
  CHECK(result.proxy.handshake_timeout == 3s);
  CHECK(result.output.flush_each_record);
  CHECK(result.proxy.insecure);
  CHECK(config({"-s", "0"}).value().proxy.recording.snap_length == UINT64_MAX);
}

TEST_CASE("what becomes of traffic when the disk is full is a choice") {
  CHECK(config({}).value().output.disk_full == record::DiskFull::kStop);
  CHECK(config({"--on-disk-full", "stop"}).value().output.disk_full == record::DiskFull::kStop);
  CHECK(config({"--on-disk-full", "pass"}).value().output.disk_full == record::DiskFull::kPass);
  CHECK(refusal({"--on-disk-full", "drop"}).find("--on-disk-full") != std::string::npos);
}

TEST_CASE("a recording is synced when it is closed, or as often as was asked for") {
  CHECK(config({}).value().output.sync.at_close);
  CHECK_FALSE(config({}).value().output.sync.every);
  CHECK_FALSE(config({"--fsync", "off"}).value().output.sync.at_close);
  CHECK(config({"--fsync", "always"}).value().output.sync.every == 0s);
  CHECK(config({"--fsync", "2.5"}).value().output.sync.every == 2500ms);
  CHECK(config({"--fsync", "2.5"}).value().output.sync.at_close);
  CHECK(refusal({"--fsync", "often"}) ==
        "--fsync: 'often' is not off, close, always or a number of seconds");
}

TEST_CASE("who may come in and what marks connections arrives") {
  const Config result =
      config({"--allow", "10.0.0.0/8", "--proxy-auth", "a:b", "--mark", "7", "--keep-host"})
          .value();
  CHECK(any_contains(result.proxy.allowed, "10.1.2.3"));
  CHECK(result.logins == std::vector<std::string>{"a:b"});
  CHECK(result.mark == 7);
  CHECK(result.proxy.keep_host);
  CHECK(refusal({"--mark", "0"}).find("--mark") != std::string::npos);
}
