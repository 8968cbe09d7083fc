#pragma once

#include <string>
#include <string_view>

#include "lib/base/bytes.h"

/// The digests in the fingerprints of TLS clients. Both take what wire::fingerprint_texts() makes.
namespace mitm::tls {

/// MD5 in hexadecimal; empty where OpenSSL has none (in FIPS mode).
std::string ja3(ByteView text);

/// `head`, and for each list the beginning of its SHA-256, or zeros when it is empty.
std::string ja4(std::string_view head, ByteView ciphers, ByteView extensions);

}  // namespace mitm::tls
