#pragma once

#include <string>
#include <vector>

#include "lib/flow/record.h"
#include "lib/proxy/journal.h"

/// Records as lines that a test can compare and a person can read.
namespace mitm::test {

/// One line a record, "FLOW WHAT …", such as "1 request GET http://a/", "1 client body abc",
/// "1 server end 3", "1 end http complete 18/40". Adjacent pieces of one body are one line, so that
/// it does not matter how the input was cut. What is longer than `longest` is replaced by its
/// length.
std::vector<std::string> record_lines(const std::vector<flow::Record>& records,
                                      std::size_t longest = 200);

/// The lines of one flow, without its number.
std::vector<std::string> flow_lines(const std::vector<flow::Record>& records, flow::FlowId flow);

/// What is wrong with the order of these records; empty when nothing is: every flow ends exactly
/// once and says nothing afterwards, every connection is opened first and closed last.
std::vector<std::string> disorder(const std::vector<flow::Record>& records);

/// Keeps what is written to it. One thread.
class MemoryJournal final : public proxy::Journal {
 public:
  void write(flow::Record record) override { records.push_back(std::move(record)); }
  flow::FlowId next_flow() override { return ++last_flow_; }
  [[nodiscard]] Time now() const override { return time; }

  std::vector<flow::Record> records;
  Time time;

 private:
  flow::FlowId last_flow_ = 0;
};

}  // namespace mitm::test
