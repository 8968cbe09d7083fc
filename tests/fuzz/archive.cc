// Whatever a file holds, reading it as an archive ends, within memory, and in each way of reading
// it.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "lib/archive/check.h"
#include "lib/archive/reader.h"
#include "lib/archive/summary_reader.h"
#include "lib/flow/flow_stream.h"

namespace {

using namespace mitm;

class Source final : public ByteSource {
 public:
  explicit Source(ByteView content) : rest_(content) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t size = rest_.copy(buffer.data(), buffer.size());
    rest_.remove_prefix(size);
    return size;
  }

 private:
  ByteView rest_;
};

void promise(bool kept) {
  if (!kept) std::abort();
}

std::uint64_t read_records(ByteView content) {
  const auto reader = archive::Reader::open(std::make_unique<Source>(content), "memory");
  if (!reader) return 0;
  flow::FlowStream flows;
  std::uint64_t records = 0;
  while (true) {
    auto record = (*reader)->next();
    if (!record || !*record) return records;
    ++records;
    promise(flows.add(**std::move(record)).has_value());
    while (flows.next()) {
    }
  }
}

void read_summaries(ByteView content) {
  const int fd = ::memfd_create("archive", MFD_CLOEXEC);
  promise(fd >= 0 &&
          ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  const auto reader = archive::SummaryReader::open("/proc/self/fd/" + std::to_string(fd));
  ::close(fd);
  promise(reader.has_value());
  if (*reader == nullptr) return;
  constexpr int kSome = 50;  // rows may each name all of the file
  for (int rows = 0; rows < kSome; ++rows) {
    const auto found = (*reader)->next();
    if (!found || !*found) break;
    archive::Ending losses;
    const auto take = [](flow::Record&&) { return Status{}; };
    static_cast<void>((*reader)->read(**found, take, losses));
  }
  static_cast<void>((*reader)->find(1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView content(reinterpret_cast<const char*>(data), size);
  const std::uint64_t records = read_records(content);
  const auto report = archive::check(std::make_unique<Source>(content), "memory");
  if (report) promise(report->records == records);
  read_summaries(content);
  return 0;
}
