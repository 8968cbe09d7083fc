#pragma once

#include <functional>
#include <memory>

#include "lib/archive/writer.h"
#include "lib/cli/output.h"
#include "lib/flow/recorder.h"
#include "lib/render/flow_text.h"

namespace mitm::record {

/// Writes the recording. Recorder thread only.
class ArchiveConsumer final : public flow::RecordConsumer {
 public:
  explicit ArchiveConsumer(std::unique_ptr<archive::Writer> writer) : writer_(std::move(writer)) {}
  Status consume(const flow::Record& record) override { return writer_->append(record); }
  Status idle() override { return writer_->flush(); }
  Status finish(const flow::Totals& totals) override { return writer_->finish(totals); }

 private:
  std::unique_ptr<archive::Writer> writer_;
};

/// Prints flows as they end. Recorder thread only.
class PrintConsumer final : public flow::RecordConsumer {
 public:
  PrintConsumer(const render::TextOptions& options, int fd)
      : output_(fd), printer_(options, output_) {}
  Status consume(const flow::Record& record) override { return printer_.consume(record); }
  Status idle() override { return output_.flush(); }
  Status finish(const flow::Totals&) override {
    MITM_TRY(printer_.finish());
    return output_.close();
  }

 private:
  cli::Output output_;
  render::FlowPrinter printer_;
};

}  // namespace mitm::record
