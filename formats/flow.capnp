@0xf88f43073c35de93;
# What a mitmkit archive (.flowz) holds: a stream of Record messages inside zstd frames.
# formats/README.md describes the file around them. To look at one with stock tools:
#
#   zstd -dc x.flowz | capnp decode formats/flow.capnp Record
#
# Rules of growth: fields, enumerants and union members are only ever added, at the end; none is
# renumbered, retyped or reused. Readers ignore fields they do not know and skip records whose union
# member or enumerant they do not know. Header.format grows only when an older reader that follows
# these rules would still misunderstand a file.
#
# Data holds octets as a peer sent them, in any encoding. Text was written by mitmkit. Times and
# durations are nanoseconds.

annotation namespace @0xb9c6f99ebf805f2c (file) :Text;
# The one of /capnp/c++.capnp, repeated so that this file needs no other.
$namespace("mitm::schema");

struct Record {
  time @0 :Int64;
  # Since 1970-01-01T00:00:00Z. Within one connection records stand in the order in which things
  # happened; between connections times may step back by up to a second.
  connection @1 :UInt64;
  # Unique within a run, from 1. 0: belongs to no connection.
  flow @2 :UInt64;
  # Unique within a run, from 1. 0: belongs to no flow (but perhaps to a connection).
  source @3 :UInt16;
  # Names the header whose run the two ids belong to: the header record with the same number.

  union {
    header @4 :Header;
    connectionOpened @5 :ConnectionOpened;
    serverConnected @6 :ServerConnected;
    clientHello @7 :ClientHello;
    tlsEstablished @8 :TlsEstablished;
    requestHead @9 :RequestHead;
    responseHead @10 :ResponseHead;
    bodyChunk @11 :BodyChunk;
    trailers @12 :Trailers;
    messageEnd @13 :MessageEnd;
    webSocketMessage @14 :WebSocketMessage;
    rawBytes @15 :RawBytes;
    dnsMessage @16 :DnsMessage;
    anomaly @17 :Anomaly;
    flowEnd @18 :FlowEnd;
    connectionClosed @19 :ConnectionClosed;
    captureGap @20 :CaptureGap;
    statistics @21 :Totals;
    # Counters as of now; those of the whole run stand in archiveEnd.
    checkpoint @22 :Checkpoint;
    archiveEnd @23 :ArchiveEnd;
    certificateChain @24 :CertificateChain;
  }

  repeated @25 :Bool;
  # The fact stands in an earlier file of the run too. A rotated file begins with those of the
  # connections that were open, so that it can be read alone.
}

enum Side {
  client @0;
  server @1;
}

struct Header {
  # The first record of every file; more follow in merged, joined and continued ones.
  format @0 :UInt32;
  # Version of the archive format.
  runId @1 :UInt64;
  # Random; the rotated files of one run share it.
  fileNumber @2 :UInt32;
  # Within the run, from 1.
  tool @3 :Text;
  # Who wrote the file: "mitm-record 0.1.0".
}

struct Endpoint {
  address @0 :Text;
  # Numeric IPv4 or IPv6 without brackets; empty when unknown.
  port @1 :UInt16;
}

struct ConnectionOpened {
  # A client reached us.
  client @0 :Endpoint;
  listener @1 :Endpoint;
  mode @2 :Mode;
  # How its traffic came here.

  enum Mode {
    explicit @0;
    transparent @1;
    reverse @2;
  }
}

struct ServerConnected {
  # TCP to the server stands. A record with a flow id was made for that flow; from then on this is the
  # connection's server.
  host @0 :Data;
  # Name or numeric address, as the client gave it.
  port @1 :UInt16;
  server @2 :Endpoint;
  # What we are connected to.
  resolve @3 :Int64;
  # Name resolution; 0 for a numeric address.
  connect @4 :Int64;
  # TCP handshake.
}

struct ClientHello {
  # RFC 8446, section 4.1.2.
  raw @0 :Data;
  # The TLS records that carried it, as received.
  sni @1 :Data;
  alpn @2 :List(Data);
  ja3 @3 :Text;
  # Empty when not computed.
  ja4 @4 :Text;
  # Empty when not computed.
  offersEch @5 :Bool;
  # There is an extension encrypted_client_hello (RFC 9849): `sni` may be a cover. Clients also send it without
  # encrypting anything, and only the server can tell.
}

struct TlsEstablished {
  # A handshake of ours with the client or the server ended well.
  side @0 :Side;
  # With whom.
  version @1 :Text;
  # "TLSv1.3"
  cipher @2 :Text;
  # IANA name.
  group @3 :Text;
  # Of the key exchange; empty when unknown.
  sni @4 :Data;
  alpn @5 :Data;
  # Agreed; empty when none was.
  resumed @6 :Bool;
  verify @7 :Text;
  # Server side: "ok" or why the certificate is not trusted. Client side: empty.
  chain @8 :Data;
  # Id of a certificateChain that stands earlier in the file; empty: none is known.
  handshake @9 :Int64;
  # From its first octet to its last.
  clientChain @10 :Data;
  # Id of the certificateChain that the client of this TLS presented (mutual TLS): on the client's side the
  # client, on the server's side we. Empty: none.
  ocsp @11 :Data;
  # Server side: the answer about its certificate that the server stapled (RFC 6066, section 8), DER. Empty: none.
  revocation @12 :Text;
  # What that answer says: "good", "revoked on 2026-01-02 (keyCompromise)", "unknown", or why it is of no use.
  secrets @13 :Data;
  # If asked for: lines for a key log (NSS format), with which what was captured of this TLS can be decrypted.
}

struct CertificateChain {
  # What a peer presented (or we did), stored before the first record that refers to it and again from
  # time to time, so that a lost frame costs little.
  id @0 :Data;
  # SHA-256 of the certificates' DER, concatenated.
  certificates @1 :List(Certificate);
  # Leaf first.

  struct Certificate {
    der @0 :Data;
    subject @1 :Text;
    # RFC 2253 form, as issuer.
    issuer @2 :Text;
    dnsNames @3 :List(Data);
    # From subjectAltName. Left out, as ipNames, in a chain that would exceed the size of a record.
    ipNames @4 :List(Text);
    # Numeric.
    serial @5 :Text;
    # Lower-case hexadecimal.
    notBefore @6 :Int64;
    notAfter @7 :Int64;
    key @8 :Text;
    # "EC P-256", "RSA 2048", "Ed25519"
    sha256 @9 :Text;
    # Of the DER, lower-case hexadecimal.
  }
}

struct HeaderField {
  name @0 :Data;
  # As received.
  value @1 :Data;
  # As received, without surrounding white space.
}

struct RequestHead {
  method @0 :Data;
  scheme @1 :Data;
  # "http" or "https"
  target @2 :Data;
  # The request-target as received.
  authority @3 :Data;
  # host[:port] of the URL: from the target, Host or :authority, else where it was sent.
  version @4 :Text;
  # "HTTP/1.1"
  raw @5 :Data;
  # HTTP/1: all octets from the first to the blank line's last. HTTP/2: empty.
  fields @6 :List(HeaderField);
  # HTTP/2: the exact list in order, pseudo-header fields included. HTTP/1: empty.
}

struct ResponseHead {
  # A flow has one final response head and any number of interim ones (1xx but 101) before it.
  version @0 :Text;
  status @1 :UInt16;
  reason @2 :Data;
  raw @3 :Data;
  # As in RequestHead.
  fields @4 :List(HeaderField);
  # As in RequestHead.
}

struct BodyChunk {
  # Part of a body: transfer coding removed, content coding untouched. At most 64 KiB.
  sender @0 :Side;
  data @1 :Data;
}

struct Trailers {
  sender @0 :Side;
  raw @1 :Data;
  # HTTP/1: as received, without the final blank line. HTTP/2: empty.
  fields @2 :List(HeaderField);
  # HTTP/2: the exact list. HTTP/1: empty.
}

struct MessageEnd {
  # The sender's request or response is over.
  sender @0 :Side;
  bodySize @1 :UInt64;
  # Octets that were sent, counted as in bodyChunk.
  recordedSize @2 :UInt64;
  # Those of them that are in the archive.
  complete @3 :Bool;
  # False: it was cut short.
}

struct WebSocketMessage {
  # A message, or a piece of one that is long.
  sender @0 :Side;
  opcode @1 :UInt8;
  # RFC 6455, section 5.2. Later pieces repeat the first one's.
  final @2 :Bool;
  # Last piece of the message.
  compressed @3 :Bool;
  # permessage-deflate (RFC 7692): data is as on the wire.
  data @4 :Data;
  # Unmasked.
}

struct RawBytes {
  # Octets that no decoder explained: raw TCP, what follows an upgrade, what a decoder gave up on.
  sender @0 :Side;
  data @1 :Data;
}

struct DnsMessage {
  # RFC 1035, section 4.1, without the length prefix of TCP.
  sender @0 :Side;
  data @1 :Data;
}

struct Anomaly {
  # Something odd.
  sender @0 :Side;
  name @1 :Text;
  # One of the table in README.md.
  detail @2 :Text;
  # For people; may quote what a peer sent.
}

struct FlowError {
  kind @0 :Text;
  # One of the table in README.md.
  message @1 :Text;
  # For people; may quote what a peer sent.
}

struct FlowEnd {
  kind @0 :Kind;
  complete @1 :Bool;
  # Everything that belongs to it was seen and ended properly.
  passed @2 :Bool;
  # Passed through unopened.
  error @3 :FlowError;
  # Null: none.
  bytesFromClient @4 :UInt64;
  # TCP payload on the client's side; where TLS was opened, the payload inside it.
  bytesToClient @5 :UInt64;
  waited @6 :Int64;
  # So long before its first record it began: what failed before anything could be said of it had been tried for
  # that long. 0: with its first record.

  enum Kind {
    http @0;
    webSocket @1;
    tcp @2;
    tls @3;
    dns @4;
  }
}

struct ConnectionClosed {
  error @0 :FlowError;
  # Null: none.
}

struct CaptureGap {
  # Something is missing here. A gap of a flow that follows one of no flow tells its part of that.
  reason @0 :Text;
  records @1 :UInt64;
  bytes @2 :UInt64;
}

struct Totals {
  # Of flows: seen = recorded + filtered + passed + failed + lost.
  seen @0 :UInt64;
  recorded @1 :UInt64;
  filtered @2 :UInt64;
  # Left out by a filter.
  passed @3 :UInt64;
  # Passed through unopened.
  failed @4 :UInt64;
  # Ended before there was a request.
  lost @5 :UInt64;
  # Of which records are missing, because they could not be written.
  hurriedFrames @6 :UInt64;
  # Of the archive: compressed less than was asked for, because records came too fast.
}

struct Checkpoint {
  # Vouches for the frame's content before it.
  length @0 :UInt64;
  # Octets between the previous checkpoint (or the frame's start) and this message.
  xxh64 @1 :UInt64;
  # Their XXH64, seed 0.
  runId @2 :UInt64;
  # Of the file's first header, so that frames found after a damaged place can be told from those of an
  # archive that was itself recorded.
}

struct ArchiveEnd {
  # The last record of a file that was closed cleanly.
  totals @0 :Totals;
  nextFile @1 :Text;
  # The run goes on in this file of the same folder; empty: the run is over.
  summarized @2 :Bool;
  # Summary frames and a seek table follow: where they are missing, the file was cut.
}
