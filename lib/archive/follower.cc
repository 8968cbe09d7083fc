#include "lib/archive/follower.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <limits>
#include <utility>

#include "lib/archive/follow_source.h"
#include "lib/archive/run_files.h"

namespace mitm::archive {
namespace {

/// Half of the time that a record may take from its writer's flush to our output.
constexpr std::chrono::milliseconds kLookEvery{100};
constexpr auto kStandardInput = "standard input";

/// Archives come from anywhere: what they name must lie beside them.
bool is_plain_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

std::string beside(const std::string& path, const std::string& name) {
  return (std::filesystem::path(path).parent_path() / name).string();
}

/// What is between two files of a run is lost, because a ring of files was faster than we.
std::string overtaken(const std::string& path, std::uint32_t after, std::uint32_t number) {
  if (number == after + 1) return {};
  const std::string which =
      number == after + 2 ? fmt::format("file {} of the run was", after + 1)
                          : fmt::format("files {} to {} of the run were", after + 1, number - 1);
  return fmt::format("{}: {} overwritten before being read", path, which);
}

}  // namespace

Result<std::unique_ptr<ByteSource>> Follower::open_source(const std::string& path) {
  if (path == "-") {
    Fd fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!fd.is_open()) return fail_errno(fmt::format("open {}", kStandardInput));
    return std::make_unique<FollowSource>(std::move(fd), kStandardInput, watch_);
  }
  auto fd = open_for_reading(path);
  if (!fd) return std::unexpected(std::move(fd).error());
  return std::make_unique<FollowSource>(*std::move(fd), path, watch_);
}

void Follower::wait() const { watch_.wait(kLookEvery); }

Result<std::optional<MergedReader::Successor>> Follower::next(const MergedReader::Input& ended) {
  const bool overwritten = ended.failed && ended.failed->code == Code::kCorrupt;
  if (ended.name == kStandardInput || (ended.failed && !overwritten)) return std::nullopt;
  const std::string& named = ended.reader->ending().next_file;
  if (!overwritten && named.empty()) return std::nullopt;
  if (!overwritten && !is_plain_file_name(named)) {
    return fail(
        Code::kCorrupt,
        fmt::format("{}: does not go on in '{}', which is no file beside it", ended.name, named));
  }
  const std::string path = overwritten ? ended.name : beside(ended.name, named);
  const auto now = std::chrono::steady_clock::now();
  const auto [awaited, is_new] = awaited_.try_emplace(ended.name, now + patience_);
  auto opened = open_next(path, ended.header);
  if (!opened && now < awaited->second) {
    return fail(Code::kAgain, fmt::format("{}: has not come yet", path));
  }
  awaited_.erase(awaited);
  if (!opened && ended.header) {
    constexpr auto kAny = std::numeric_limits<std::uint32_t>::max();
    if (auto other = open_oldest(path, *ended.header, kAny)) opened = std::move(other);
  }
  if (opened) return *std::move(opened);
  if (overwritten) return std::nullopt;
  return fail(Code::kIo, fmt::format("{}: goes on in another file, but {}", ended.name,
                                     opened.error().message));
}

/// Whatever stands there may be about to be replaced by what was announced: no failure is final.
Result<MergedReader::Successor> Follower::open_next(const std::string& path,
                                                    const std::optional<flow::Header>& after) {
  // A pipe of that name must not hold us up.
  auto fd = open_regular_file(path);
  if (!fd) return std::unexpected(std::move(fd).error());
  auto reader = Reader::open(std::make_unique<FollowSource>(*std::move(fd), path, watch_), path);
  if (!reader) return std::unexpected(std::move(reader).error());
  const auto header = (*reader)->header();
  if (!header || !after || header->run_id != after->run_id ||
      header->file_number <= after->file_number) {
    return fail(Code::kCorrupt, fmt::format("{}: is not the next file of the run", path));
  }
  if (header->file_number > after->file_number + 1) {
    if (auto older = open_oldest(path, *after, header->file_number)) return older;
  }
  return MergedReader::Successor{
      .input = {.name = path, .reader = *std::move(reader), .failed = std::nullopt},
      .loss = overtaken(path, after->file_number, header->file_number)};
}

Result<MergedReader::Successor> Follower::open_oldest(const std::string& path,
                                                      const flow::Header& after,
                                                      std::uint32_t below) {
  const auto folder = std::filesystem::path(path).parent_path();
  const auto oldest = oldest_file(folder, after.run_id, after.file_number, below);
  if (!oldest) return fail(Code::kIo, fmt::format("{}: nothing is left of its run", path));
  return open_next(oldest->string(), after);
}

}  // namespace mitm::archive
