#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/base/fd.h"
#include "lib/flow/facts.h"
#include "lib/tls/handles.h"
#include "lib/tls/leg.h"

/// The other ends of what is tested: sockets that block, with a deadline instead of a hang.
namespace mitm::test {

/// How a peer's sending ended.
enum class Ending { kOpen, kClosed, kReset, kTruncatedTls };

/// One end of a TCP connection, with or without TLS. One thread at a time; without TLS another one
/// may send.
class Peer {
 public:
  explicit Peer(Fd fd);
  Peer(Peer&&) = default;
  Peer& operator=(Peer&&) = default;

  /// Both return whether the handshake succeeded. `leg` and `leaf` are not kept.
  bool start_tls(const tls::ServerLeg& leg, const tls::ServerHandshake& handshake);
  bool shake_hands(tls::SslPtr ssl);  ///< `ssl` is set up on fd()
  bool accept_tls(const tls::ClientLeg& leg, const tls::Leaf& leaf, const std::string& alpn = {});

  /// False when not everything could be sent.
  bool send(std::string_view bytes);
  bool send_bytewise(std::string_view bytes);
  /// Reads until what was read ends with `suffix`; less when the connection ends or time is over.
  std::string read_until(std::string_view suffix);
  std::string read_head() { return read_until("\r\n\r\n"); }
  std::string read_exactly(std::size_t count);
  /// Counts what comes before the end, without keeping it.
  std::size_t drain();
  std::string read_to_end();
  /// What the last read met; kOpen when it met no end. The system tells of a reset once, to a read
  /// or to a write.
  [[nodiscard]] Ending ending() const { return reset_in_sending_ ? Ending::kReset : ending_; }
  /// Whether nothing can be read for `milliseconds`. The end of the connection can be read.
  [[nodiscard]] bool is_quiet(int milliseconds) const;

  /// With TLS close_notify goes first.
  void shutdown_write();
  void shutdown_tcp_write();  ///< without close_notify
  void close() { ssl_.reset(), fd_ = Fd(); }
  void reset();
  void shrink_receive_buffer();

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const ssl_st* ssl() const { return ssl_.get(); }

 private:
  std::ptrdiff_t read_some(char* buffer, std::size_t size);

  Fd fd_;
  tls::SslPtr ssl_;
  Ending ending_ = Ending::kOpen;
  bool reset_in_sending_ = false;
};

/// Listens on a port of 127.0.0.1 that the system chose.
class Origin {
 public:
  explicit Origin(int backlog = 64);

  [[nodiscard]] flow::Endpoint endpoint() const;
  [[nodiscard]] std::uint16_t port() const { return endpoint().port; }
  [[nodiscard]] std::string authority() const { return to_string(endpoint()); }
  /// Fails the test when nobody comes.
  Peer accept();
  [[nodiscard]] bool is_untouched() const;  ///< nobody waits to be accepted
  void close() { fd_ = Fd(); }

 private:
  Fd fd_;
};

/// Two connected TCP sockets; neither blocks.
struct TcpPair {
  TcpPair();
  Fd ours, theirs;
};

Peer connect_peer(const flow::Endpoint& endpoint);

/// A port of 127.0.0.1 on which nobody listens.
std::uint16_t refusing_port();

}  // namespace mitm::test
