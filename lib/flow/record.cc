#include "lib/flow/record.h"

namespace mitm::flow {

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::kHttp:
      return "http";
    case Kind::kWebSocket:
      return "websocket";
    case Kind::kTcp:
      return "tcp";
    case Kind::kTls:
      return "tls";
    case Kind::kDns:
      return "dns";
  }
  return "unknown";
}

bool failed_early(const FlowEnd& end) {
  if (end.passed || !end.error) return false;
  return end.kind == Kind::kTls ||
         (end.kind == Kind::kTcp && end.bytes_from_client == 0 && end.bytes_to_client == 0);
}

void count(Totals& totals, const FlowEnd& end) {
  ++totals.seen;
  ++(end.passed ? totals.passed : failed_early(end) ? totals.failed : totals.recorded);
}

}  // namespace mitm::flow
