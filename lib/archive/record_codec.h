#pragma once

#include "lib/archive/kj_compare.h"
// kj_compare.h must come first.
#include "formats/flow.capnp.h"
#include "lib/archive/chain_cache.h"
#include "lib/archive/message.h"
#include "lib/flow/record.h"

/// Between our values and the schema's structs. Internal to this folder, because Cap'n Proto's
/// types show.
namespace mitm::archive {

/// What to_capnp() refers to, but leaves out of the message that it makes, because it is long: it
/// becomes the second segment.
ByteView external_data(const flow::Record& record);

/// A certificate chain is stored by its id only.
void to_capnp(const flow::Record& record, schema::Record::Builder out);

enum class Detail : std::uint8_t { kId, kCertificates, kNames };
void to_capnp(const flow::CertificateChain& chain, Detail detail,
              schema::CertificateChain::Builder out);

/// As decode(), but throws kj::Exception when the message is malformed.
Decoded from_capnp(schema::Record::Reader in, ChainCache& chains, flow::Record& out);

}  // namespace mitm::archive
