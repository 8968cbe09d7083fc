#include "lib/proxy/interception.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "lib/wire/char_class.h"

namespace mitm::proxy {
namespace {

/// Long enough for every registered method (the longest is UPDATEREDIRECTREF).
constexpr std::size_t kLongestMethod = 32;
constexpr std::size_t kMostBlank = 8;  ///< octets of blank lines before a request
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n";
/// What else begins with a word and a space: "SSH-2.0-OpenSSH_9.2 Debian" (RFC 4253, section 4.2).
constexpr std::string_view kSshIdentification = "SSH-";
/// What the decoders understand. HTTP/2 joins here.
constexpr std::array<std::string_view, 2> kDecodable = {"http/1.1", "http/1.0"};

}  // namespace

Guess guess_http1(ByteView bytes) {
  // Blank lines before a request are to be ignored (RFC 9112, section 2.2).
  const std::size_t blank = std::min(bytes.find_first_not_of("\r\n"), bytes.size());
  if (blank > kMostBlank) return Guess::kNo;
  bytes.remove_prefix(blank);
  const ByteView beginning = bytes.substr(0, kHttp2Preface.size());
  if (kHttp2Preface.starts_with(beginning)) {
    return beginning.size() == kHttp2Preface.size() ? Guess::kNo : Guess::kNeedMore;
  }
  if (bytes.starts_with(kSshIdentification)) return Guess::kNo;
  const auto token_end = std::ranges::find_if_not(bytes, wire::is_token_char);
  const auto length = static_cast<std::size_t>(token_end - bytes.begin());
  if (length > kLongestMethod) return Guess::kNo;
  if (token_end == bytes.end()) return Guess::kNeedMore;
  return length > 0 && *token_end == ' ' ? Guess::kYes : Guess::kNo;
}

Interception decide_interception(ByteView buffered) {
  auto parsed = wire::parse_client_hello(buffered);
  if (std::holds_alternative<wire::NeedMore>(parsed)) return Undecided{};
  auto* hello = std::get_if<wire::ClientHello>(&parsed);
  if (auto* malformed = std::get_if<wire::Malformed>(&parsed))
    return RelayBroken{std::move(malformed->reason)};
  if (hello == nullptr) return RelayPlain{};
  if (hello->sni_malformed) return PassTls{std::move(*hello)};
  OpenTls open;
  for (const auto& offer : hello->alpn) {
    if (std::ranges::find(kDecodable, offer) != kDecodable.end()) open.alpn.push_back(offer);
  }
  if (!hello->alpn.empty() && open.alpn.empty()) return PassTls{std::move(*hello)};
  open.hello = std::move(*hello);
  return open;
}

}  // namespace mitm::proxy
