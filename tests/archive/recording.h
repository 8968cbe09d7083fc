#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "lib/archive/reader.h"
#include "lib/archive/writer.h"
#include "lib/flow/record.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_io.h"

namespace mitm::test {

/// What a reader made of some octets.
struct ReadBack {
  std::vector<flow::Record> records;  ///< without the header and the archive's end
  std::vector<flow::Record> headers;
  archive::Ending ending;
  std::optional<Error> error;  ///< of open or of the last next

  /// Something tells that not everything was read.
  [[nodiscard]] bool admits_loss() const { return error || !ending.lossless(); }
};

ReadBack read_back(Bytes archive, std::size_t step = 64 * 1024);

/// An archive in memory, as a story of verbs.
class Recording {
 public:
  explicit Recording(flow::Header header = {.run_id = 7, .tool = "test 1"},
                     archive::WriterOptions options = {});

  Recording& write(const flow::Record& record);
  Recording& write(const std::vector<flow::Record>& records);
  Recording& flush();
  Recording& finish();

  /// What has reached the sink.
  [[nodiscard]] const Bytes& bytes() const { return *content_; }
  [[nodiscard]] archive::Writer& writer() { return *writer_; }
  [[nodiscard]] ManualClock& clock() { return clock_; }

 private:
  ManualClock clock_{Time{std::chrono::seconds{1'800'000'000}}};
  std::shared_ptr<Bytes> content_ = std::make_shared<Bytes>();
  std::unique_ptr<archive::Writer> writer_;
};

/// The first frame of some octets, of whatever kind.
Bytes first_frame(ByteView archive);
/// How many data frames an archive holds.
std::size_t data_frames(ByteView archive);

Bytes shrink(Bytes archive, std::size_t size);
Bytes flip_bit(Bytes archive, std::size_t octet, unsigned bit = 0);

/// One record of each kind that is passed to a writer, with every field set.
std::vector<flow::Record> one_of_each();
/// A body chunk of `size` octets that do not compress.
flow::Record noise(std::size_t size, unsigned seed);
/// A body chunk of `size` octets that do.
flow::Record text(std::size_t size, flow::FlowId flow = 1);
std::shared_ptr<const flow::CertificateChain> sample_chain(char id = 'c');

}  // namespace mitm::test
