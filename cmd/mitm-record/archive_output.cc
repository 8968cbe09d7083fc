#include "cmd/mitm-record/archive_output.h"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "lib/tls/ca_store.h"

namespace mitm::record {
namespace {

std::uint64_t random_run_id() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace

Result<std::unique_ptr<ArchiveOutput>> ArchiveOutput::open(const OutputConfig& config,
                                                           const Surroundings& surroundings) {
  std::unique_ptr<ArchiveOutput> output(new ArchiveOutput(config, surroundings));
  if (config.post_rotate) {
    auto post_rotate =
        PostRotate::create(*config.post_rotate, surroundings.descriptors, surroundings.diagnostics);
    if (!post_rotate) return std::unexpected(std::move(post_rotate).error());
    output->post_rotate_ = *std::move(post_rotate);
  }
  MITM_TRY(config.append ? output->open_for_appending() : output->open_file());
  return output;
}

Status ArchiveOutput::open_file() {
  std::filesystem::path path = *config_.path;
  if (config_.rotation) {
    rotation_.emplace(*config_.rotation, clock_.now());
    path = rotation_->path();
    MITM_TRY(check_rotatable(*config_.path));
  }
  auto sink = create(path);
  if (!sink) return std::unexpected(std::move(sink).error());
  sink_ = *std::move(sink);
  return {};
}

Status ArchiveOutput::open_for_appending() {
  MITM_TRY(tls::spare_ca_files(*config_.path, home_, "--write"));
  if (links_ == Links::kRefuse) MITM_TRY(refuse_link(config_.path->string()));
  auto appending = archive::Appending::open(*config_.path, links_);
  if (!appending) {
    Error error = std::move(appending).error();
    if (error.code == Code::kCorrupt) error.hint = "without --append it would be replaced";
    return std::unexpected(std::move(error));
  }
  appending_ = *std::move(appending);
  return {};
}

Status ArchiveOutput::give_to(const User& user) const {
  if (config_.path == "-") return {};
  const int fd = appending_ ? appending_->descriptor() : sink_->descriptor();
  return give_file(fd, rotation_ ? rotation_->path() : config_.path->string(), user);
}

Status ArchiveOutput::begin_appending() {
  auto sink = appending_->begin(clock_);
  if (!sink) return std::unexpected(std::move(sink).error());
  for (const std::string& warning : appending_->warnings()) diagnostics_.warning(warning);
  sink_ = *std::move(sink);
  return keep(*sink_, *config_.path);
}

/// Nobody wants a /dev/null1, and a named pipe without a reader would hold everything up.
Status ArchiveOutput::check_rotatable(const std::filesystem::path& path) const {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  // Of a name that we made: a link may lead to a file of this run, or to anything else.
  const bool is_link = path != *config_.path && std::filesystem::is_symlink(path, ignored);
  const bool is_usable =
      !std::filesystem::exists(status) || std::filesystem::is_regular_file(status);
  if (is_usable && !is_link) return {};
  return fail(Code::kUsage,
              fmt::format("--write: {} is no file that could be rotated", path.string()));
}

Result<std::unique_ptr<ByteSink>> ArchiveOutput::create(const std::filesystem::path& path) {
  MITM_TRY(tls::spare_ca_files(path, home_, "--write"));
  if (config_.rotation) MITM_TRY(check_rotatable(path));
  if (links_ == Links::kRefuse) MITM_TRY(refuse_link(path.string()));
  auto sink = archive::create_archive_file(path, links_);
  if (sink && path != "-") MITM_TRY(keep(**sink, path));
  return sink;
}

/// Whatever stands there is appended to: an empty file where somebody prepared one, an archive.
Result<archive::RotatingWriter::Reopened> ArchiveOutput::reopen(const std::filesystem::path& path) {
  using Reopened = archive::RotatingWriter::Reopened;
  if (!files_.empty() && files_.front().is_at(path)) {
    auto sink = archive::continue_archive_file(files_.front().descriptor(), path.string());
    if (!sink) return std::unexpected(std::move(sink).error());
    return Reopened{.sink = *std::move(sink), .is_same = true};
  }
  MITM_TRY(tls::spare_ca_files(path, home_, "--write"));
  auto appending = archive::Appending::open(path, links_);
  if (!appending) return std::unexpected(std::move(appending).error());
  auto sink = appending->begin(clock_);
  if (!sink) return std::unexpected(std::move(sink).error());
  for (const std::string& warning : appending->warnings()) diagnostics_.warning(warning);
  MITM_TRY(keep(**sink, path));
  return Reopened{.sink = *std::move(sink), .is_same = false};
}

Result<archive::RotatingWriter::Renewed> ArchiveOutput::renew(const std::string& path,
                                                              std::uint64_t lost) const {
  const OutputFile& file = files_.front();
  const std::string name = file.name(path).value_or(path);
  auto sink = archive::continue_archive_file(file.descriptor(), name, archive::OldContent::kGoes);
  if (!sink) return std::unexpected(std::move(sink).error());
  return archive::RotatingWriter::Renewed{.sink = *std::move(sink),
                                          .gap = callbacks_.on_truncated(name, lost)};
}

Status ArchiveOutput::keep(const ByteSink& sink, const std::filesystem::path& path) {
  auto file = OutputFile::of(sink);
  if (!file) {
    Error error = std::move(file).error();
    error.message = fmt::format("open {}: {}", path.string(), error.message);
    return std::unexpected(std::move(error));
  }
  if (*file) files_.push_back(**std::move(file));
  return {};
}

void ArchiveOutput::on_closed(const std::string& path) {
  const auto name = files_.empty() ? std::optional(path) : files_.front().name(path);
  if (!files_.empty()) files_.pop_front();
  if (post_rotate_ && name) post_rotate_->start(*name);
}

Result<std::unique_ptr<archive::Writer>> ArchiveOutput::start(Callbacks callbacks) {
  callbacks_ = std::move(callbacks);
  if (appending_) MITM_TRY(begin_appending());
  const flow::Header header = {.run_id = random_run_id(), .tool = "mitm-record " MITM_VERSION};
  const archive::WriterOptions options = {.compression_level = config_.compression_level,
                                          .flush_each_record = config_.flush_each_record,
                                          .sync = config_.sync};
  if (files_.empty()) return archive::Writer::open(std::move(sink_), header, clock_, options);
  // Without rules there is one file, unless it is opened again.
  if (!rotation_)
    rotation_.emplace(archive::RotationRules{.path = config_.path->string()}, clock_.now());
  archive::RotatingWriter::Surroundings surroundings = {
      .create = [this](const std::string& path) { return create(path); },
      .reopen = [this](const std::string& path) { return reopen(path); },
      .renew = [this](const std::string& path, std::uint64_t lost) { return renew(path, lost); },
      .totals = callbacks_.totals,
      .on_closed = [this](const std::string& path) { on_closed(path); },
      .on_last_over = callbacks_.on_last_over};
  return archive::RotatingWriter::open(std::move(sink_), *std::move(rotation_), header, clock_,
                                       options, std::move(surroundings));
}

void ArchiveOutput::wait() {
  if (post_rotate_) post_rotate_->wait();
}

}  // namespace mitm::record
