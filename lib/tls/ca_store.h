#pragma once

#include <filesystem>

#include "lib/base/io.h"
#include "lib/tls/ca.h"

/// The CA's files in its home directory: `ca.pem` (certificate) and `ca.key` (private key, mode
/// 0600). A lock file in the directory keeps processes that write them apart.
namespace mitm::tls {

std::filesystem::path ca_certificate_path(const std::filesystem::path& home);
std::filesystem::path ca_key_path(const std::filesystem::path& home);
/// For a file that is to be written, named by `option`: kUsage when it is one of these two, by
/// whatever name.
Status spare_ca_files(const std::filesystem::path& path, const std::filesystem::path& home,
                      std::string_view option);

/// Both files. Refuses a key that its group or others can read or write, a certificate or home that
/// they can write, and files that are not regular or belong to somebody who is neither us nor root.
/// kIo with a hint when there is no CA. `ask` is asked when the key is encrypted.
Result<CertificateAuthority> load_ca(const std::filesystem::path& home, Time now,
                                     const AskPassphrase& ask = {});

/// Finishes what another process began to save, after waiting for it if it still runs. All that
/// load do so.
Status settle(const std::filesystem::path& home);
/// Whether there is one, or half of one.
bool has_ca(const std::filesystem::path& home);
/// Whether the certificate is in place, which it is last when a CA is saved.
bool has_certificate(const std::filesystem::path& home);
/// Whether its private key needs a passphrase.
Result<bool> is_key_encrypted(const std::filesystem::path& home);
/// The error of save_ca() with kFail where there is one; its hint has mitm-ca `words` replace it.
std::unexpected<Error> refuse_to_replace(const std::filesystem::path& home,
                                         std::string_view words = "init --force");

/// Writes both files, the key encrypted unless `passphrase` is empty, making `home` (0700) if need
/// be. With kFail, either file's existence is an error. A key never lies beside a certificate that
/// is not its own, even after a crash: what was interrupted is finished by the next process that
/// loads or saves.
Status save_ca(const CertificateAuthority& ca, const std::filesystem::path& home,
               IfExists if_exists, const std::string& passphrase = {});

struct LoadedCa {
  CertificateAuthority ca;
  bool created = false;
};

/// Loads the CA or, where there is none, makes one. Of several processes at once one makes it and
/// all load that. A new one's key is encrypted when `new_passphrase` gives a passphrase that is not
/// empty.
Result<LoadedCa> load_or_create_ca(const std::filesystem::path& home, const CaOptions& options,
                                   Time now, const AskPassphrase& ask = {},
                                   const AskPassphrase& new_passphrase = {});

/// The certificate that clients trust, also when it has expired; the key is not touched. Refuses
/// what load_ca() does.
struct CaCertificate {
  flow::Certificate facts;
  Bytes pem;
  std::string text;             ///< what `openssl x509 -text` prints
  std::string common_name;      ///< of its subject; may be empty
  NameConstraints constraints;  ///< what it may sign
  std::string android_name;     ///< of its file on Android: "0123abcd.0"
  CaPath path;                  ///< from what signs to this one
  CaValidity validity;          ///< when all of them are valid

  [[nodiscard]] const x509_st* certificate() const { return path.back().get(); }
};
Result<CaCertificate> load_ca_certificate(const std::filesystem::path& home);
/// save_ca() in place of `old`. kIo when that is not the CA of `home` any more, because another
/// process was quicker.
Status replace_ca(const CertificateAuthority& ca, const CaCertificate& old,
                  const std::filesystem::path& home, const std::string& passphrase);

/// The anchor among the certificates of `pem`, which errors call `name`.
Result<CaCertificate> ca_certificate_from_pem(ByteView pem, const std::string& name);

}  // namespace mitm::tls
