// Whatever a client of SOCKS sends, it is judged once, the same however it is cut, no more is used
// than came, and who is let through named a host that is one.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/wire/socks.h"

namespace {

using namespace mitm;
using wire::SocksHandshake;

void promise(bool kept) {
  if (!kept) std::abort();
}

void look_at(const wire::SocksConnect& wanted) {
  const auto text = wire::format_authority(wanted.target, 0);
  const auto again = wire::parse_authority(text, 0);
  promise(again.has_value() && *again == wanted.target);
}

/// All that was said, how it ended and how much was used, with the input in pieces of `step`.
std::string talk(ByteView input, std::size_t step, bool login_required) {
  SocksHandshake handshake(login_required);
  std::string told;
  std::size_t used = 0;
  for (std::size_t end = 0; end < input.size();) {
    end = end + step < input.size() ? end + step : input.size();
    while (true) {
      auto next = handshake.next(input.substr(used, end - used));
      promise(next.used <= end - used);
      used += next.used;
      if (const auto* login = std::get_if<wire::SocksLogin>(&next.what))
        next = handshake.judge(login->user.size() == login->password.size());
      if (std::holds_alternative<wire::SocksNeedMore>(next.what)) break;
      if (const auto* say = std::get_if<wire::SocksSay>(&next.what)) {
        told += say->reply;
        continue;
      }
      if (const auto* wanted = std::get_if<wire::SocksConnect>(&next.what)) {
        look_at(*wanted);
        return told + "connect " + std::to_string(used);
      }
      return told + std::get<wire::SocksRefuse>(next.what).reason;
    }
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(reinterpret_cast<const char*>(data), size);
  for (const bool login_required : {false, true}) {
    const auto whole = talk(bytes, size + 1, login_required);
    for (const std::size_t step : {1U, 2U, 7U}) promise(talk(bytes, step, login_required) == whole);
  }
  return 0;
}
