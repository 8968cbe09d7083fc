#pragma once

#include "lib/flow/facts.h"
#include "lib/wire/client_hello.h"

namespace mitm::proxy {

/// What is recorded about a ClientHello, its fingerprints among it.
flow::ClientHelloFacts hello_facts(const wire::ClientHello& hello);

/// The JA4 of the client's full handshakes: without what it adds when it resumes a session.
std::string lasting_ja4(const wire::ClientHello& hello);

}  // namespace mitm::proxy
