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

}  // namespace mitm::flow
