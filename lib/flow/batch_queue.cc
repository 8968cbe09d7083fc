#include "lib/flow/batch_queue.h"

#include <cassert>
#include <type_traits>
#include <utility>

namespace mitm::flow {
namespace {

std::size_t heap_size(const std::vector<HeaderField>& fields) {
  std::size_t size = fields.size() * sizeof(HeaderField);
  for (const HeaderField& field : fields) size += field.name.size() + field.value.size();
  return size;
}

std::size_t heap_size(const TlsFacts& facts) {
  std::size_t size = facts.ocsp.size() + facts.secrets.size();
  for (const CertificateChain* chain : {facts.chain.get(), facts.client_chain.get()}) {
    if (chain == nullptr) continue;
    for (const Certificate& certificate : chain->certificates)
      size += sizeof certificate + certificate.der.size();
  }
  return size;
}

}  // namespace

std::size_t approximate_size(const Record& record) {
  const std::size_t heap = std::visit(
      []<class T>(const T& event) -> std::size_t {
        if constexpr (requires {
                        event.raw;
                        event.fields;
                      }) {
          return event.raw.size() + heap_size(event.fields);
        } else if constexpr (requires { event.data; }) {
          return event.data.size();
        } else if constexpr (requires { event.raw; }) {
          return event.raw.size();
        } else if constexpr (std::is_same_v<T, TlsEstablished>) {
          return heap_size(event.facts);
        } else {
          return 0;
        }
      },
      record.event);
  return sizeof record + heap;
}

bool BatchQueue::push(std::vector<Record>&& records) {
  Batch batch{.records = std::move(records), .submitted = std::chrono::steady_clock::now()};
  for (const Record& record : batch.records) batch.bytes += approximate_size(record);
  const std::size_t half = high_mark_ / 2;
  bool notify = false;
  bool below = true;
  {
    const std::lock_guard lock(mutex_);
    assert(!closed_);
    const std::size_t before = bytes_;
    bytes_ += batch.bytes;
    notify = batches_.empty() || (before < half && bytes_ >= half);
    batches_.push_back(std::move(batch));
    if (bytes_ > high_mark_) full_ = true;
    below = !full_;
  }
  if (notify) wake_.notify_one();
  return below;
}

BatchQueue::Wake BatchQueue::wait(std::chrono::milliseconds interval, bool until_quiet,
                                  std::optional<std::chrono::milliseconds> patience) {
  std::unique_lock lock(mutex_);
  const auto came = [this] { return closed_ || !batches_.empty(); };
  if (!until_quiet && patience) {
    if (!wake_.wait_for(lock, *patience, came)) return Wake::kQuiet;
  } else if (!until_quiet) {
    wake_.wait(lock, came);
  }
  wake_.wait_for(lock, interval, [this] { return closed_ || bytes_ >= high_mark_ / 2; });
  if (!batches_.empty()) return Wake::kRecords;
  return closed_ ? Wake::kClosed : Wake::kQuiet;
}

std::optional<Batch> BatchQueue::pop() {
  const std::lock_guard lock(mutex_);
  if (batches_.empty()) return std::nullopt;
  Batch batch = std::move(batches_.front());
  batches_.pop_front();
  batch.fullness = static_cast<double>(bytes_) / static_cast<double>(high_mark_);
  return batch;
}

bool BatchQueue::release(const Batch& batch) {
  const std::lock_guard lock(mutex_);
  bytes_ -= batch.bytes;
  if (!full_ || bytes_ > high_mark_ / 2) return false;
  full_ = false;
  return true;
}

bool BatchQueue::is_full() const {
  const std::lock_guard lock(mutex_);
  return full_;
}

void BatchQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  wake_.notify_one();
}

void BatchQueue::abandon() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    batches_.clear();
  }
  wake_.notify_one();
}

}  // namespace mitm::flow
