#include "lib/tls/permitted.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <optional>

#include "lib/tls/error.h"
#include "lib/tls/idna.h"
#include "lib/tls/names.h"
#include "lib/tls/openssl_handles.h"

namespace mitm::tls {
namespace {

using SubtreeList = STACK_OF(GENERAL_SUBTREE);
using ConstraintsPtr = CPtr<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;

std::unexpected<Error> refuse(std::string_view word, std::string_view what, std::string hint) {
  return fail(Code::kUsage, fmt::format("--permit: '{}' {}", printable(word), what),
              std::move(hint));
}

std::string host_of_url(std::string_view url) {
  std::string_view rest = url.substr(url.find("//") + 2);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  if (!rest.starts_with('[')) return std::string(rest.substr(0, rest.find(':')));
  return std::string(rest.substr(1, rest.find(']') - 1));
}

/// "10.0.0.0/8" or an address; nothing when `word` does not begin with an address, or names one of
/// a link alone.
std::optional<Result<Network>> parse_network(std::string_view word) {
  const auto address = word.substr(0, word.find('/'));
  if (!address_octets(address) || address.contains('%')) return std::nullopt;
  if (auto network = Network::parse(word)) return network;
  return refuse(word, "is not a network", "write it as 10.0.0.0/8");
}

Result<std::string> parse_domain(const std::string& word) {
  if (word.find("//") != std::string::npos)
    return refuse(word, "is a URL",
                  fmt::format("name the host alone: --permit {}", host_of_url(word)));
  if (word.find('*') != std::string::npos) {
    const auto rest = word.substr(std::min(word.size(), word.rfind('*') + 1));
    return refuse(
        word, "has a wildcard",
        fmt::format("a domain means all below it as well: --permit {}",
                    rest.starts_with('.') && rest.size() > 1 ? rest.substr(1) : "example.com"));
  }
  auto ascii = ascii_name(word.starts_with('.') ? word.substr(1) : word);
  if (!ascii) {
    ascii.error().message = "--permit: " + ascii.error().message;
    return ascii;
  }
  auto domain = normalise_dns(*ascii);
  if (domain) return *std::move(domain);
  const auto colon = word.find(':');
  return refuse(word, "is not a domain",
                colon != std::string::npos && colon > 0
                    ? fmt::format("a port has no place here: --permit {}", word.substr(0, colon))
                    : "write it as example.com, or as 10.0.0.0/8");
}

bool push(SubtreeList*& list, int type, int string_type, ByteView value) {
  if (list == nullptr) list = sk_GENERAL_SUBTREE_new_null();
  GENERAL_SUBTREE* subtree = GENERAL_SUBTREE_new();
  if (list == nullptr || subtree == nullptr || sk_GENERAL_SUBTREE_push(list, subtree) <= 0) {
    GENERAL_SUBTREE_free(subtree);
    return false;
  }
  Asn1StringPtr text(ASN1_STRING_type_new(string_type));
  if (!text || ASN1_STRING_set(text.get(), value.data(), static_cast<int>(value.size())) != 1)
    return false;
  GENERAL_NAME_set0_value(subtree->base, type, text.release());  // the name takes the string
  return true;
}

bool push_network(SubtreeList*& list, ByteView address, ByteView mask) {
  return push(list, GEN_IPADD, V_ASN1_OCTET_STRING, Bytes(address) + Bytes(mask));
}

bool mentions(const Permitted& permitted, std::size_t octets) {
  return std::ranges::any_of(permitted.networks,
                             [&](const Network& n) { return n.address().size() == octets; });
}

bool push_domain(SubtreeList*& list, std::string_view domain) {
  if (!push(list, GEN_DNS, V_ASN1_IA5STRING, domain)) return false;
  // Of mailboxes and URIs a host and what is below it are two trees.
  return std::ranges::all_of(std::array{GEN_EMAIL, GEN_URI}, [&](int type) {
    return push(list, type, V_ASN1_IA5STRING, domain) &&
           push(list, type, V_ASN1_IA5STRING, fmt::format(".{}", domain));
  });
}

bool fill(NAME_CONSTRAINTS* constraints, const Permitted& permitted) {
  auto& in = constraints->permittedSubtrees;
  auto& out = constraints->excludedSubtrees;
  for (const std::string& domain : permitted.domains)
    if (!push_domain(in, domain)) return false;
  if (permitted.domains.empty() && !push_domain(in, kNoDomain)) return false;
  for (const Network& network : permitted.networks)
    if (!push_network(in, network.address(), network.mask())) return false;
  for (const std::size_t octets : {4U, 16U}) {
    const Bytes none(octets, '\0');
    if (!mentions(permitted, octets) && !push_network(out, none, none)) return false;
  }
  return true;
}

Result<Bytes> value_of(const ExtensionPtr& extension) {
  if (!extension) return fail_tls("encode constraints");
  const ASN1_OCTET_STRING* der = X509_EXTENSION_get_data(extension.get());
  return Bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(der)),
               static_cast<std::size_t>(ASN1_STRING_length(der)));
}

}  // namespace

Result<Permitted> parse_permitted(std::span<const std::string> words) {
  Permitted permitted;
  for (const std::string& word : words) {
    if (auto network = parse_network(word)) {
      if (!*network) return std::unexpected(std::move(*network).error());
      permitted.networks.push_back(**std::move(network));
      continue;
    }
    auto domain = parse_domain(word);
    if (!domain) return std::unexpected(std::move(domain).error());
    permitted.domains.push_back(*std::move(domain));
  }
  return permitted;
}

Result<Bytes> encode_name_constraints(const Permitted& permitted) {
  if (permitted.empty()) return Bytes();
  ERR_clear_error();
  const ConstraintsPtr constraints(NAME_CONSTRAINTS_new());
  if (!constraints || !fill(constraints.get(), permitted)) return fail_tls("encode constraints");
  return value_of(ExtensionPtr(X509V3_EXT_i2d(NID_name_constraints, 1, constraints.get())));
}

Result<Bytes> encode_tls_purposes() {
  ERR_clear_error();
  return value_of(ExtensionPtr(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_ext_key_usage, "serverAuth,clientAuth")));
}

}  // namespace mitm::tls
