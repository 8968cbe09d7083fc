#pragma once

#include <string>

#include "lib/wire/client_hello.h"

namespace mitm::wire {

/// What the fingerprints of a TLS client are made of: JA3 as Salesforce described it
/// (github.com/salesforce/ja3), JA4 as FoxIO does (JA4.md in github.com/FoxIO-LLC/ja4). GREASE is
/// left out everywhere.
struct FingerprintTexts {
  std::string ja3;       ///< "771,4865-4866,0-10-11,29-23,0": version, ciphers, extensions, groups,
                         ///< point formats
  std::string ja4_head;  ///< "t13d1516h2", shown as it is
  std::string ja4_ciphers;     ///< "002f,1301", sorted; empty when there are none
  std::string ja4_extensions;  ///< "0005,000a_0403,0804": sorted but for the signature algorithms;
                               ///< empty when there are none beside server name and ALPN
};

FingerprintTexts fingerprint_texts(const ClientHello& hello);

}  // namespace mitm::wire
