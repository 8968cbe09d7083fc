#include "lib/tls/name_constraints.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "lib/base/ascii.h"
#include "lib/tls/names.h"
#include "lib/tls/openssl_handles.h"

namespace mitm::tls {
namespace {

using NameConstraintsPtr = CPtr<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;

ByteView content(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

/// With a dot in front, as some write it, a tree is only what is below it.
bool covers_dns(std::string_view tree, std::string_view name) {
  if (!name.ends_with(tree)) return false;
  return tree.empty() || tree.size() == name.size() || tree.front() == '.' ||
         name[name.size() - tree.size() - 1] == '.';
}

/// Whether "*.example.com" could stand for something in the tree.
bool reaches_into(std::string_view name, std::string_view tree) {
  return name.starts_with("*.") && tree.ends_with(name.substr(1));
}

bool covers_ip(ByteView range, ByteView address) {
  if (range.size() != 2 * address.size()) return false;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (((address[i] ^ range[i]) & range[address.size() + i]) != 0) return false;
  }
  return true;
}

}  // namespace

NameConstraints::NameConstraints(const X509* ca) {
  const NameConstraintsPtr constraints(
      static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(ca, NID_name_constraints, nullptr, nullptr)));
  ERR_clear_error();
  if (!constraints) return;
  permit_all_ = false;
  const auto take = [this](const STACK_OF(GENERAL_SUBTREE) * list, Trees & trees) {
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); ++i) {
      const GENERAL_NAME* base = sk_GENERAL_SUBTREE_value(list, i)->base;
      if (base->type == GEN_DNS) trees.dns.push_back(lower_case(content(base->d.dNSName)));
      if (base->type == GEN_IPADD) trees.ips.emplace_back(content(base->d.iPAddress));
      if (base->type == GEN_DIRNAME) restrict_subjects_ = true;
    }
  };
  take(constraints->permittedSubtrees, permitted_);
  take(constraints->excludedSubtrees, excluded_);
}

bool NameConstraints::permit(std::string_view host) const {
  if (permit_all_) return true;
  if (const auto ip = parse_ip(host)) return permit_ip(*ip);
  if (const auto name = normalise_dns(host)) return permit_dns(*name);
  return true;
}

bool NameConstraints::permit_dns(std::string_view name) const {
  const auto covers = [name](const std::string& tree) { return covers_dns(tree, name); };
  return (permitted_.dns.empty() || std::ranges::any_of(permitted_.dns, covers)) &&
         std::ranges::none_of(excluded_.dns, [&](const std::string& tree) {
           return covers(tree) || reaches_into(name, tree);
         });
}

bool NameConstraints::permit_ip(ByteView address) const {
  const auto covers = [address](const Bytes& range) { return covers_ip(range, address); };
  return (permitted_.ips.empty() || std::ranges::any_of(permitted_.ips, covers)) &&
         std::ranges::none_of(excluded_.ips, covers);
}

}  // namespace mitm::tls
