#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "cmd/mitm-record/record_keeper.h"
#include "lib/archive/writer.h"
#include "lib/cli/output.h"
#include "lib/render/flow_text.h"

namespace mitm::record {

/// Writes the recording. Recorder thread only.
class ArchiveConsumer final : public RecordKeeper {
 public:
  explicit ArchiveConsumer(std::unique_ptr<archive::Writer> writer) : writer_(std::move(writer)) {}
  Status consume(const flow::Record& record) override { return writer_->append(record); }
  Status idle() override { return writer_->flush(); }
  void set_backlog(double fullness) override { writer_->set_backlog(fullness); }
  Status finish(const flow::Totals& totals) override { return writer_->finish(totals); }
  Status resume() override { return writer_->resume(); }
  Result<std::string> reopen() override { return writer_->change_file(); }
  [[nodiscard]] std::uint64_t kept() const override { return writer_->kept(); }
  [[nodiscard]] std::uint64_t hurried_frames() const override { return writer_->hurried_frames(); }

 private:
  std::unique_ptr<archive::Writer> writer_;
};

/// Prints flows as they end. Recorder thread only.
class PrintConsumer final : public RecordKeeper {
 public:
  PrintConsumer(const render::TextOptions& options, int fd)
      : output_(fd), printer_(options, output_) {}
  Status consume(const flow::Record& record) override {
    ++consumed_;
    return printer_.consume(record);
  }
  Status idle() override { return output_.flush(); }
  Status finish(const flow::Totals&) override {
    MITM_TRY(printer_.finish());
    return output_.close();
  }
  Status resume() override { return fail(Code::kUnsupported, "printed lines cannot be repeated"); }
  [[nodiscard]] std::uint64_t kept() const override { return consumed_; }

 private:
  cli::Output output_;
  render::FlowPrinter printer_;
  std::uint64_t consumed_ = 0;
};

}  // namespace mitm::record
