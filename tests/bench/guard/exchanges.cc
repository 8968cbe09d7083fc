#include "tests/bench/guard/exchanges.h"

#include <fmt/format.h>

namespace mitm::bench {
namespace {

/// Words that are the same everywhere, and not the same twice.
std::string text(std::size_t size, std::uint64_t seed) {
  std::string out;
  while (out.size() < size) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    for (std::uint64_t rest = seed >> 40U; rest != 0; rest /= 20) {
      out += "etaoinshrdlucmfwypvb"[rest % 20];
    }
    out += ' ';
  }
  out.resize(size);
  return out;
}

constexpr auto kCommon =
    "Host: shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
    "Firefox/128.0\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n";
constexpr auto kAnswer =
    "Server: nginx/1.22.1\r\nDate: Fri, 27 Nov 2026 12:00:00 GMT\r\n"
    "Cache-Control: max-age=600\r\nVary: Accept-Encoding\r\n";

Exchange page(unsigned number) {
  const std::string body = text(1024, number);
  return {fmt::format("GET /page/{}?from=list HTTP/1.1\r\n{}Cookie: session={:016x}\r\n\r\n",
                      number, kCommon, number * 0x9E3779B97F4A7C15U),
          fmt::format("HTTP/1.1 200 OK\r\n{}Content-Type: text/html; charset=utf-8\r\nETag: "
                      "\"{:x}\"\r\nContent-Length: {}\r\n\r\n{}",
                      kAnswer, number * 0xC2B2AE3D27D4EB4FU, body.size(), body)};
}

Exchange order(unsigned number) {
  const std::string body =
      fmt::format(R"({{"article":{},"note":"{}"}})", number, text(200, number));
  const std::string first = text(300, number + 1), second = text(150, number + 2);
  return {
      fmt::format("POST /orders HTTP/1.1\r\n{}Content-Type: application/json\r\nContent-Length: "
                  "{}\r\n\r\n{}",
                  kCommon, body.size(), body),
      fmt::format("HTTP/1.1 201 Created\r\n{}Content-Type: application/json\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                  kAnswer, first.size(), first, second.size(), second)};
}

}  // namespace

Exchange exchange(unsigned number) { return number % 4 == 3 ? order(number) : page(number); }

}  // namespace mitm::bench
