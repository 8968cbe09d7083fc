#include "lib/tls/name_constraints.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <bit>

#include "lib/base/ascii.h"
#include "lib/tls/names.h"
#include "lib/tls/openssl_handles.h"
#include "lib/tls/permitted.h"

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

/// Hosts of mailboxes are in lower case already.
bool covers_email(std::string_view tree, std::string_view address) {
  if (tree.find('@') != std::string_view::npos) return tree == address;
  const auto host = address.substr(address.rfind('@') + 1);
  return tree.starts_with('.') ? host.ends_with(tree) : host == tree;
}

std::string mailbox(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos) return lower_case(address);
  return std::string(address.substr(0, at)) + lower_case(address.substr(at));
}

/// "10.0.0.0/8"; the address alone when the mask leaves nothing open.
std::string network(ByteView range) {
  const std::size_t half = range.size() / 2;
  unsigned bits = 0;
  for (const char octet : range.substr(half))
    bits += static_cast<unsigned>(std::popcount(static_cast<unsigned char>(octet)));
  const std::string address = format_ip(range.substr(0, half));
  return bits == half * 8 ? address : fmt::format("{}/{}", address, bits);
}

bool is_everything(ByteView range) { return range.find_first_not_of('\0') == ByteView::npos; }

/// Whether all addresses of this size are excluded.
bool excludes_family(const std::vector<Bytes>& excluded, std::size_t octets) {
  return std::ranges::any_of(excluded, [&](const Bytes& range) {
    return range.size() == 2 * octets && is_everything(range);
  });
}

/// As OpenSSL sees it, for which "127.0.0.1" does.
bool looks_like_host(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '-' || c == '_' ||
           c == '.' || c == '*';
  });
}

/// Ones first, then zeros (RFC 4632, section 3.1): what else means is not agreed on.
bool is_prefix(ByteView mask) {
  bool has_ended = false;
  for (const char octet : mask) {
    const auto bits = static_cast<unsigned char>(octet);
    const int ones = std::countl_one(bits);
    if (std::popcount(bits) != ones || (has_ended && ones > 0)) return false;
    has_ended = has_ended || ones < 8;
  }
  return true;
}

/// What a verifier need not understand (RFC 5280, section 4.2.1.10), and some do not.
std::string objection_to(const GENERAL_SUBTREE& subtree) {
  if (subtree.maximum != nullptr ||
      (subtree.minimum != nullptr && ASN1_INTEGER_get(subtree.minimum) != 0))
    return "limit how deep a subtree is (minimum, maximum), which clients refuse";
  if (subtree.base->type != GEN_IPADD) return {};
  const ByteView range = content(subtree.base->d.iPAddress);
  if (range.size() != 8 && range.size() != 32)
    return "have an address without a mask of its size, which clients refuse";
  if (!is_prefix(range.substr(range.size() / 2)))
    return "have a mask with holes, which some clients refuse";
  return {};
}

std::vector<std::string> words_for(const std::vector<std::string>& dns) {
  std::vector<std::string> words;
  for (const std::string& tree : dns) words.push_back(tree.empty() ? "any domain" : tree);
  return words;
}

}  // namespace

void NameConstraints::add(const X509* ca) {
  int critical = -1;
  const NameConstraintsPtr constraints(static_cast<NAME_CONSTRAINTS*>(
      X509_get_ext_d2i(ca, NID_name_constraints, &critical, nullptr)));
  ERR_clear_error();
  constexpr int kNone = -1;
  if (!constraints && critical == kNone) return;
  OfCertificate one;
  if (!constraints) one.objection = "are damaged";
  const auto take = [&one](const STACK_OF(GENERAL_SUBTREE) * list, Trees & trees) {
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); ++i) {
      const GENERAL_SUBTREE* subtree = sk_GENERAL_SUBTREE_value(list, i);
      const GENERAL_NAME* base = subtree->base;
      if (one.objection.empty()) one.objection = objection_to(*subtree);
      if (base->type == GEN_DNS) trees.dns.push_back(lower_case(content(base->d.dNSName)));
      if (base->type == GEN_IPADD) trees.ips.emplace_back(content(base->d.iPAddress));
      if (base->type == GEN_EMAIL) trees.emails.push_back(mailbox(content(base->d.rfc822Name)));
      if (base->type == GEN_DIRNAME) one.restrict_subjects = true;
    }
  };
  if (constraints) {
    take(constraints->permittedSubtrees, one.permitted);
    take(constraints->excludedSubtrees, one.excluded);
  }
  if (std::ranges::find(certificates_, one) == certificates_.end())
    certificates_.push_back(std::move(one));
}

bool NameConstraints::permit(std::string_view host) const {
  const auto ip = parse_ip(host);
  const auto name = normalise_dns(host);
  return std::ranges::all_of(certificates_, [&](const OfCertificate& one) {
    if (!one.objection.empty()) return false;
    if (ip) return permit_ip(one, *ip);
    return !name || permit_dns(one, *name);
  });
}

bool NameConstraints::permit_email(std::string_view address) const {
  return std::ranges::all_of(certificates_, [&](const OfCertificate& one) {
    return one.objection.empty() && permit_email(one, address);
  });
}

bool NameConstraints::permit_common_name(std::string_view text) const {
  if (!looks_like_host(text)) return true;
  return std::ranges::all_of(certificates_, [name = lower_case(text)](const OfCertificate& one) {
    return one.objection.empty() && permit_dns(one, name);
  });
}

bool NameConstraints::restrict_subjects() const {
  return std::ranges::any_of(certificates_, &OfCertificate::restrict_subjects);
}

bool NameConstraints::permit_dns(const OfCertificate& given, std::string_view name) {
  const auto covers = [name](const std::string& tree) { return covers_dns(tree, name); };
  return (given.permitted.dns.empty() || std::ranges::any_of(given.permitted.dns, covers)) &&
         std::ranges::none_of(given.excluded.dns, [&](const std::string& tree) {
           return covers(tree) || reaches_into(name, tree);
         });
}

bool NameConstraints::permit_ip(const OfCertificate& given, ByteView address) {
  const auto covers = [address](const Bytes& range) { return covers_ip(range, address); };
  return (given.permitted.ips.empty() || std::ranges::any_of(given.permitted.ips, covers)) &&
         std::ranges::none_of(given.excluded.ips, covers);
}

bool NameConstraints::permit_email(const OfCertificate& given, std::string_view address) {
  const auto covers = [name = mailbox(address)](const std::string& tree) {
    return covers_email(tree, name);
  };
  return (given.permitted.emails.empty() || std::ranges::any_of(given.permitted.emails, covers)) &&
         std::ranges::none_of(given.excluded.emails, covers);
}

std::string NameConstraints::describe(const OfCertificate& given) {
  if (!given.objection.empty()) return "nothing, for its nameConstraints " + given.objection;
  const bool no_v4 = excludes_family(given.excluded.ips, 4);
  const bool no_v6 = excludes_family(given.excluded.ips, 16);
  std::vector<std::string> words = words_for(given.permitted.dns);
  if (words.empty() && std::ranges::find(given.excluded.dns, "") == given.excluded.dns.end())
    words.emplace_back("any domain");
  if (words == std::vector<std::string>{std::string(kNoDomain)}) words.clear();
  for (const Bytes& range : given.permitted.ips) words.push_back(network(range));
  if (given.permitted.ips.empty() && !no_v4) words.emplace_back("any IPv4 address");
  if (given.permitted.ips.empty() && !no_v6) words.emplace_back("any IPv6 address");
  for (const std::string& tree : given.excluded.dns)
    if (!tree.empty()) words.push_back("not " + tree);
  for (const Bytes& range : given.excluded.ips)
    if (!is_everything(range)) words.push_back("not " + network(range));
  if (words.empty()) words.emplace_back("no host");
  if (given.restrict_subjects) words.emplace_back("some subjects only");
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string NameConstraints::objection() const {
  for (const OfCertificate& one : certificates_)
    if (!one.objection.empty()) return one.objection;
  return {};
}

std::string NameConstraints::describe() const {
  std::vector<std::string> each;
  for (const OfCertificate& one : certificates_) each.push_back(describe(one));
  return fmt::format("{}", fmt::join(each, "; of those "));
}

std::string NameConstraints::example() const {
  std::vector<std::string> candidates{"localhost", "127.0.0.1"};
  for (const OfCertificate& one : certificates_) {
    for (const std::string& tree : one.permitted.dns)
      if (tree != kNoDomain)
        candidates.push_back(tree.starts_with('.') ? "localhost" + tree : tree);
  }
  for (const OfCertificate& one : certificates_)
    for (const Bytes& range : one.permitted.ips)
      candidates.push_back(format_ip(ByteView(range).substr(0, range.size() / 2)));
  candidates.insert(candidates.end(), {"mitmkit.example", std::string(kNoDomain)});
  const auto found = std::ranges::find_if(candidates, [&](const std::string& one) {
    return (parse_ip(one) || normalise_dns(one)) && permit(one);
  });
  return found == candidates.end() ? std::string() : *found;
}

}  // namespace mitm::tls
