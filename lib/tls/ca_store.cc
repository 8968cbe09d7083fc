#include "lib/tls/ca_store.h"

#include <fmt/format.h>
#include <openssl/obj_mac.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "lib/tls/guarded.h"
#include "lib/tls/home.h"
#include "lib/tls/home_lock.h"
#include "lib/tls/pem.h"
#include "lib/tls/x509_facts.h"

// Two files cannot be replaced at once. Saving therefore goes through a state that says what is
// missing, all of it under the lock:
//
//   1. stage   write .ca.key.new, then .ca.pem.new, each synced
//   2. open    remove ca.pem
//   3. commit  rename .ca.key.new, then .ca.pem.new into place
//
// "No ca.pem, but .ca.pem.new" means that 1 was completed and 3 was not: whoever finds that repeats
// 3. A full disk shows in step 1, when nothing old has been touched.

namespace mitm::tls {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 1 << 20;

std::string make_another(const fs::path& home) {
  return fmt::format("make another one: {}", ca_command(home, "init --force"));
}

fs::path staged_certificate(const fs::path& home) { return home / ".ca.pem.new"; }
fs::path staged_key(const fs::path& home) { return home / ".ca.key.new"; }

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

Status rename_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return fail_errno(fmt::format("rename {} to {}", from.string(), to.string()));
}

Status remove_file(const fs::path& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return fail_errno(fmt::format("remove {}", path.string()));
}

Status commit(const fs::path& home) {
  if (is_there(staged_key(home))) MITM_TRY(rename_file(staged_key(home), ca_key_path(home)));
  MITM_TRY(rename_file(staged_certificate(home), ca_certificate_path(home)));
  return sync_directory(home);
}

bool interrupted(const fs::path& home) {
  return !is_there(ca_certificate_path(home)) && is_there(staged_certificate(home));
}

Status finish_interrupted(const fs::path& home) {
  return interrupted(home) ? commit(home) : Status{};
}

/// Loads with `load`. Where that fails, perhaps it is just being replaced, or a replacement was
/// interrupted: waits, finishes that, and tries again.
template <class Load>
auto load_settled(const fs::path& home, const Load& load) -> decltype(load()) {
  auto loaded = load();
  if (loaded || !has_ca(home)) return loaded;
  // Without a lock file nobody ever saved here.
  const auto lock = lock_directory(home, IfMissing::kFail);
  if (!lock) return loaded;
  MITM_TRY(check_home(home));
  MITM_TRY(finish_interrupted(home));
  return load();
}

bool is_staged(std::string_view name) { return name == ".ca.pem.new" || name == ".ca.key.new"; }

Status save_locked(const CertificateAuthority& ca, const fs::path& home, IfExists if_exists,
                   const std::string& passphrase) {
  MITM_TRY(finish_interrupted(home));
  sweep(home, is_staged);
  if (if_exists == IfExists::kFail &&
      (is_there(ca_key_path(home)) || is_there(ca_certificate_path(home)))) {
    return refuse_to_replace(home);
  }
  const auto key = ca.key_pem(passphrase);
  if (!key) return std::unexpected(key.error());
  const auto certificate = ca.all_certificates_pem();
  if (!certificate) return std::unexpected(certificate.error());
  MITM_TRY(remove_file(staged_certificate(home)));
  MITM_TRY(write_file_atomically(staged_key(home), *key, 0600, IfExists::kReplace));
  MITM_TRY(write_file_atomically(staged_certificate(home), *certificate, 0644, IfExists::kReplace));
  MITM_TRY(remove_file(ca_certificate_path(home)));
  return commit(home);
}

Result<Bytes> read_certificate(const fs::path& home) {
  const fs::path path = ca_certificate_path(home);
  std::error_code error;
  if (fs::symlink_status(path, error).type() != fs::file_type::not_found)
    return read_guarded(path, kCaCertificate, kMaxFile);
  if (!is_there(ca_key_path(home))) {
    return fail(Code::kIo, fmt::format("no CA in {}", home.string()),
                fmt::format("make one: {}", ca_command(home, "init")));
  }
  return fail(Code::kCorrupt,
              fmt::format("{} is missing beside {}", path.string(), ca_key_path(home).string()),
              fmt::format("put it back, or {}", make_another(home)));
}

Result<Bytes> read_key(const fs::path& home) {
  const fs::path path = ca_key_path(home);
  std::error_code error;
  if (fs::symlink_status(path, error).type() != fs::file_type::not_found ||
      !is_there(ca_certificate_path(home)))
    return read_guarded(path, kCaKey, kMaxFile);
  return fail(
      Code::kCorrupt,
      fmt::format("{} is missing beside {}", path.string(), ca_certificate_path(home).string()),
      fmt::format("put it back, or {}", make_another(home)));
}

Result<CertificateAuthority> load_files(const fs::path& home, Time now, const AskPassphrase& ask) {
  MITM_TRY(check_home(home));
  const auto certificate = read_certificate(home);
  if (!certificate) return std::unexpected(certificate.error());
  const auto key = read_key(home);
  if (!key) return std::unexpected(key.error());
  bool has_answer = true;
  const AskPassphrase asking = [&](const std::string& name) {
    auto answer = ask(name);
    has_answer = answer.has_value();
    return answer;
  };
  auto ca = CertificateAuthority::from_pem(*certificate, *key, now,
                                           fmt::format("CA in {}", home.string()),
                                           ask ? asking : AskPassphrase());
  // A passphrase that could not be had says nothing against the CA.
  if (!ca && has_answer && ca.error().code != Code::kUsage && ca.error().hint.empty())
    ca.error().hint = make_another(home);
  return ca;
}

/// Asks at most once, for a second attempt to load must not ask again.
AskPassphrase once(const AskPassphrase& ask) {
  if (!ask) return {};
  return [&ask, answer = std::make_shared<std::optional<Result<std::string>>>()](
             const std::string& name) {
    if (!*answer) *answer = ask(name);
    return **answer;
  };
}

Result<CaCertificate> load_certificate_file(const fs::path& home) {
  MITM_TRY(check_home(home));
  const auto pem = read_certificate(home);
  if (!pem) return std::unexpected(pem.error());
  return ca_certificate_from_pem(*pem, ca_certificate_path(home).string());
}

bool is_ca_file(const fs::path& path, const fs::path& home) {
  std::error_code ignored;
  return fs::equivalent(path, ca_key_path(home), ignored) ||
         fs::equivalent(path, ca_certificate_path(home), ignored);
}

}  // namespace

fs::path ca_certificate_path(const fs::path& home) { return home / "ca.pem"; }
fs::path ca_key_path(const fs::path& home) { return home / "ca.key"; }

Status spare_ca_files(const fs::path& path, const fs::path& home, std::string_view option) {
  if (!is_ca_file(path, home)) return {};
  return fail(Code::kUsage, fmt::format("{}: {} is the CA itself", option, path.string()),
              "name another file");
}

Result<bool> is_key_encrypted(const fs::path& home) {
  const auto key = read_key(home);
  if (!key) return std::unexpected(key.error());
  return is_encrypted(*key);
}

std::unexpected<Error> refuse_to_replace(const fs::path& home, std::string_view words) {
  const fs::path key = ca_key_path(home);
  const fs::path certificate = ca_certificate_path(home);
  if (!is_there(key)) {
    return fail(
        Code::kIo,
        fmt::format("{} exists already, and {} is missing", certificate.string(), key.string()),
        fmt::format("put it back, or make another CA: {}", ca_command(home, words)));
  }
  return fail(Code::kIo, fmt::format("{} exists already", key.string()),
              fmt::format("print its certificate: {}; replace it: {}", ca_command(home, "export"),
                          ca_command(home, words)));
}

bool has_ca(const fs::path& home) {
  return has_certificate(home) || is_there(ca_key_path(home)) || interrupted(home);
}

bool has_certificate(const fs::path& home) { return is_there(ca_certificate_path(home)); }

Result<CertificateAuthority> load_ca(const fs::path& home, Time now,
                                     const AskPassphrase& passphrase) {
  const AskPassphrase ask = once(passphrase);
  return load_settled(home, [&] { return load_files(home, now, ask); });
}

Status settle(const fs::path& home) {
  return load_settled(home, [&]() -> Status {
    if (!interrupted(home)) return {};
    return fail(Code::kIo, fmt::format("{}: a CA was not saved to its end", home.string()));
  });
}

Status save_ca(const CertificateAuthority& ca, const fs::path& home, IfExists if_exists,
               const std::string& passphrase) {
  MITM_TRY(make_home(home));
  const auto lock = lock_directory(home, IfMissing::kCreate);
  if (!lock) return std::unexpected(lock.error());
  return save_locked(ca, home, if_exists, passphrase);
}

Status replace_ca(const CertificateAuthority& ca, const CaCertificate& old, const fs::path& home,
                  const std::string& passphrase) {
  const auto lock = lock_directory(home, IfMissing::kCreate);
  if (!lock) return std::unexpected(lock.error());
  MITM_TRY(finish_interrupted(home));
  const auto present = load_certificate_file(home);
  if (!present) return std::unexpected(present.error());
  if (present->facts.sha256 != old.facts.sha256) {
    return fail(Code::kIo, "another process replaced the CA meanwhile, that one is kept",
                fmt::format("to see it: {}", ca_command(home, "show")));
  }
  return save_locked(ca, home, IfExists::kReplace, passphrase);
}

Result<LoadedCa> load_or_create_ca(const fs::path& home, const CaOptions& options, Time now,
                                   const AskPassphrase& ask, const AskPassphrase& new_passphrase) {
  const auto load_existing = [&]() -> Result<LoadedCa> {
    auto ca = load_ca(home, now, ask);
    if (!ca) return std::unexpected(std::move(ca).error());
    return LoadedCa{*std::move(ca), false};
  };
  // Without the lock, so that a CA in a directory that cannot be written works.
  if (is_there(ca_certificate_path(home))) return load_existing();
  MITM_TRY(make_home(home));
  auto lock = lock_directory(home, IfMissing::kCreate);
  if (!lock) return std::unexpected(std::move(lock).error());
  MITM_TRY(finish_interrupted(home));
  if (is_there(ca_certificate_path(home)) || is_there(ca_key_path(home))) {
    *lock = Fd();
    return load_existing();
  }
  auto ca = CertificateAuthority::create(options, now);
  if (!ca) return std::unexpected(std::move(ca).error());
  auto passphrase = new_passphrase ? new_passphrase(ca_key_path(home).string())
                                   : Result<std::string>(std::string());
  if (!passphrase) return std::unexpected(std::move(passphrase).error());
  MITM_TRY(save_locked(*ca, home, IfExists::kFail, *passphrase));
  return LoadedCa{*std::move(ca), true};
}

Result<CaCertificate> load_ca_certificate(const fs::path& home) {
  return load_settled(home, [&] { return load_certificate_file(home); });
}

Result<CaCertificate> ca_certificate_from_pem(ByteView pem, const std::string& name) {
  auto certificates = certificates_from_pem(pem, name);
  if (!certificates) return std::unexpected(std::move(certificates).error());
  CaPath path = path_from_lowest(*certificates, SystemClock().now());
  if (path.empty()) return fail(Code::kCorrupt, fmt::format("{}: holds no certificate", name));
  const x509_st* anchor = path.back().get();
  auto clean = certificate_to_pem(anchor);
  if (!clean) return std::unexpected(std::move(clean).error());
  NameConstraints constraints;
  for (const X509Ptr& certificate : path) constraints.add(certificate.get());
  CaValidity validity = validity_of(path);
  return CaCertificate{.facts = certificate_facts(anchor),
                       .pem = *std::move(clean),
                       .text = certificate_text(anchor),
                       .common_name = subject_entry(anchor, NID_commonName),
                       .constraints = std::move(constraints),
                       .android_name = subject_hash_old(anchor) + ".0",
                       .path = std::move(path),
                       .validity = std::move(validity)};
}

}  // namespace mitm::tls
