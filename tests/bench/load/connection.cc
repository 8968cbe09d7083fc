#include "tests/bench/load/connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

namespace mitm::bench {
namespace {

constexpr std::size_t kBuffer = 128 * 1024;

Result<sockaddr_in> parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  unsigned short port = 0;
  const char* end = text.data() + text.size();
  if (colon == std::string::npos ||
      std::from_chars(text.data() + colon + 1, end, port).ptr != end ||
      ::inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    return fail(Code::kUsage, fmt::format("'{}' is not ADDRESS:PORT", text));
  }
  address.sin_port = htons(port);
  return address;
}

/// What a body is made of: does not repeat within the window of a fast compressor.
const Bytes& noise() {
  static const Bytes kNoise = [] {
    Bytes bytes(4 << 20, '\0');
    std::uint64_t state = 0x9E3779B97F4A7C15U;
    for (char& octet : bytes) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      octet = static_cast<char>(state >> 56U);
    }
    return bytes;
  }();
  return kNoise;
}

}  // namespace

Connection::Connection(const Plan& plan) : plan_(&plan), buffer_(kBuffer, '\0') {}

Connection::~Connection() {
  if (ssl_) SSL_shutdown(ssl_.get());
}

Result<Connection> Connection::open(const Plan& plan, SSL_CTX* tls) {
  Connection connection(plan);
  MITM_TRY(connection.dial());
  if (plan.way == Way::kConnect) MITM_TRY(connection.ask_proxy());
  if (plan.tls) MITM_TRY(connection.shake_hands(tls));
  return connection;
}

Status Connection::dial() {
  const auto address = parse_address(plan_->address);
  if (!address) return std::unexpected(address.error());
  socket_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket_.is_open()) return fail_errno("socket");
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) !=
      0) {
    return fail_errno("connect to " + plan_->address);
  }
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {};
}

Status Connection::ask_proxy() {
  MITM_TRY(write(fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", plan_->target)));
  const auto length = read_head();
  if (!length) return std::unexpected(length.error());
  return {};
}

Status Connection::shake_hands(SSL_CTX* tls) {
  ssl_.reset(SSL_new(tls));
  SSL_set_fd(ssl_.get(), socket_.get());
  SSL_set_tlsext_host_name(ssl_.get(), "localhost");
  if (SSL_connect(ssl_.get()) == 1) return {};
  return fail(Code::kTls, "the handshake failed");
}

Status Connection::write(ByteView bytes) {
  while (!bytes.empty()) {
    const auto sent =
        ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
             : static_cast<int>(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (sent <= 0) return fail(Code::kPeer, "the connection was lost while writing");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Status Connection::read() {
  const auto got = ssl_
                       ? SSL_read(ssl_.get(), buffer_.data(), static_cast<int>(buffer_.size()))
                       : static_cast<int>(::recv(socket_.get(), buffer_.data(), buffer_.size(), 0));
  if (got <= 0) return fail(Code::kPeer, "the connection ended in the middle of an answer");
  input_.append(buffer_, 0, static_cast<std::size_t>(got));
  return {};
}

std::string Connection::head(std::uint64_t number) const {
  std::string path = plan_->path;
  if (const auto at = path.find("{n}"); at != std::string::npos) {
    path.replace(at, 3, fmt::to_string(number));
  }
  const std::string base = plan_->way == Way::kAbsolute ? "http://" + plan_->target : "";
  const std::string length =
      plan_->upload > 0 ? fmt::format("Content-Length: {}\r\n", plan_->upload) : "";
  return fmt::format(
      "{} {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) "
      "Gecko/20100101 Firefox/128.0\r\nAccept: */*\r\nAccept-Language: en-US,en;q=0.5\r\n"
      "Cookie: session={:016x}\r\n{}\r\n",
      plan_->upload > 0 ? "POST" : "GET", base, path, plan_->target,
      number / 100 * 0x9E3779B97F4A7C15U, length);
}

Status Connection::send_body() {
  for (std::uint64_t left = plan_->upload; left > 0;) {
    const auto piece = std::min<std::uint64_t>(left, noise().size());
    MITM_TRY(write(ByteView(noise()).substr(0, piece)));
    left -= piece;
  }
  return {};
}

Result<std::uint64_t> Connection::read_head() {
  auto end = input_.find("\r\n\r\n");
  for (; end == Bytes::npos; end = input_.find("\r\n\r\n")) MITM_TRY(read());
  std::string head = input_.substr(0, end + 2);
  input_.erase(0, end + 4);
  if (head.compare(0, 13, "HTTP/1.1 200 ") != 0) {
    return fail(Code::kProtocol,
                fmt::format("the answer was '{}'", head.substr(0, head.find('\r'))));
  }
  std::ranges::transform(head, head.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  constexpr std::string_view kName = "\r\ncontent-length: ";
  const auto at = head.find(kName);
  std::uint64_t length = 0;
  if (at != std::string::npos) {
    std::from_chars(head.data() + at + kName.size(), head.data() + head.size(), length);
  }
  return length;
}

Result<std::uint64_t> Connection::exchange(std::uint64_t number) {
  MITM_TRY(write(head(number)));
  MITM_TRY(send_body());
  const auto length = read_head();
  if (!length) return length;
  for (std::uint64_t left = *length; left > 0;) {
    if (input_.empty()) MITM_TRY(read());
    const auto taken = std::min<std::uint64_t>(left, input_.size());
    input_.erase(0, taken);
    left -= taken;
  }
  return *length + plan_->upload;
}

}  // namespace mitm::bench
