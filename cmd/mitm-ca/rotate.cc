#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cmd/mitm-ca/ca_options.h"
#include "cmd/mitm-ca/commands.h"
#include "cmd/mitm-ca/keys.h"
#include "cmd/mitm-ca/output_file.h"
#include "cmd/mitm-ca/store_change.h"
#include "cmd/mitm-ca/trust_folder.h"
#include "lib/base/time.h"
#include "lib/cli/escape.h"
#include "lib/tls/former.h"
#include "lib/tls/home.h"
#include "lib/tls/succession.h"
#include "lib/tls/x509_facts.h"

namespace mitm::ca {
namespace {

namespace fs = std::filesystem;

/// What the new one is made with: as the old one, but for what the options say.
Result<tls::CaOptions> wanted_options(const cli::ParsedOptions& options,
                                      const tls::CaCertificate& old, Time now) {
  auto like = tls::successor_options(old, now);
  if (like && !options.has("permit")) {
    if (auto inherited = tls::inherit_constraints(old, *like); !inherited)
      return std::unexpected(std::move(inherited).error());
  }
  if (!like) return like;
  return read_ca_options(options, *std::move(like));
}

/// The stores that have one of these, counting or not.
std::vector<Sight> holding(std::vector<Sight> sights, const std::vector<std::string>& sha256s) {
  std::erase_if(sights, [&](const Sight& sight) {
    return sight.entries && std::ranges::none_of(sha256s, [&](const std::string& one) {
             return trust::is_there(*sight.entries, one);
           });
  });
  return sights;
}

/// An encrypted key is followed by another one, with the passphrase that opens it: one that was
/// mistyped would be nobody's.
Result<std::string> passphrase_for(const cli::ParsedOptions& options, const fs::path& home,
                                   const flow::Certificate& old, Time now,
                                   const cli::Diagnostics& diagnostics) {
  const std::string path = tls::ca_key_path(home).string();
  const auto encrypted = tls::is_key_encrypted(home);
  if (!encrypted) return std::unexpected(encrypted.error());
  if (!*encrypted) {
    auto chosen = new_passphrase(options, path);
    if (chosen && !chosen->empty()) {
      diagnostics.note(
          "the private key is encrypted, as the old one was not; mitm-record needs the passphrase "
          "whenever it starts");
    }
    return chosen;
  }
  std::string given;
  const auto ask = [&](const std::string& name) {
    auto passphrase = ask_passphrase(options)(name);
    if (passphrase) given = *passphrase;
    return passphrase;
  };
  // One that has ended is followed by another one, too.
  const auto opened = tls::load_ca(home, std::clamp(now, old.not_before, old.not_after), ask);
  if (!opened) return std::unexpected(opened.error());
  return given;
}

struct Former {
  std::vector<tls::CaCertificate> all;  ///< the old one first
  std::vector<std::string> expired;     ///< fingerprints
};

Result<Former> sort_former(tls::CaCertificate old, const fs::path& home, Time now) {
  auto kept = tls::load_former(home);
  if (!kept) return std::unexpected(std::move(kept).error());
  Former former;
  former.all.push_back(std::move(old));
  for (tls::CaCertificate& one : *kept) former.all.push_back(std::move(one));
  for (const tls::CaCertificate& one : former.all)
    if (now > one.facts.not_after) former.expired.push_back(one.facts.sha256);
  return former;
}

Status preview(const tls::CaOptions& made, const std::vector<Sight>& sights, const Former& former) {
  std::string text =
      fmt::format("make '{}' for {} days in place of {}\n", cli::escape_controls(made.name),
                  made.days, cli::escape_controls(former.all.front().facts.subject));
  for (const Sight& sight : sights)
    text += fmt::format("install it in {}\n", describe(sight.store));
  for (const std::string& one : former.expired) text += fmt::format("uninstall {}\n", one);
  return write_to_stdout(text);
}

/// Those that have ended go; the others stay as they are. One that is seen in a store still is
/// remembered, so that another rotate finds it.
Result<int> drop_expired(const cli::ParsedOptions& options, const std::vector<Sight>& sights,
                         const Former& former, const fs::path& home,
                         const cli::Diagnostics& diagnostics) {
  if (former.expired.empty()) return 0;
  const auto status = change_stores(options, sights, removal(former.expired), diagnostics);
  if (!status) return status;
  const auto everywhere = look_around({});
  if (!everywhere) return std::unexpected(everywhere.error());
  for (const tls::CaCertificate& one : former.all) {
    const bool ended = std::ranges::count(former.expired, one.facts.sha256) > 0;
    const bool left = std::ranges::any_of(*everywhere, [&](const Sight& sight) {
      return sight.entries && trust::is_there(*sight.entries, one.facts.sha256);
    });
    if (ended && !left) MITM_TRY(tls::forget_former(one, home));
  }
  return status;
}

/// Where the old one is: among the stores that were chosen, and in others of this machine.
struct Whereabouts {
  bool is_chosen = false;
  std::vector<Sight> others;
};

Result<Whereabouts> whereabouts_of(const std::string& sha256, const cli::ParsedOptions& options,
                                   const std::vector<Sight>& chosen) {
  Whereabouts found;
  found.is_chosen = !holding(chosen, {sha256}).empty();
  if (!options.has("root") && !options.has("store")) return found;
  auto everywhere = look_around({});
  if (!everywhere) return std::unexpected(std::move(everywhere).error());
  const auto is_known = [&](const Sight& sight) {
    return !sight.entries || std::ranges::any_of(chosen, [&](const Sight& other) {
      return other.store.path == sight.store.path;
    });
  };
  std::erase_if(*everywhere, is_known);
  found.others = holding(*std::move(everywhere), {sha256});
  return found;
}

void tell_of_others(const Whereabouts& old, const fs::path& home,
                    const cli::Diagnostics& diagnostics) {
  for (const Sight& sight : old.others) {
    diagnostics.warning(
        fmt::format("{} trusts the old CA, and not the new one", describe(sight.store)));
  }
  if (!old.others.empty())
    diagnostics.hint(
        fmt::format("have it trust the new one: {}", tls::ca_command(home, "install")));
}

void tell_of_the_end(const cli::ParsedOptions& options, const flow::Certificate& old,
                     const Whereabouts& where, const fs::path& home,
                     const cli::Diagnostics& diagnostics) {
  const std::string words = "uninstall " + old.sha256;
  std::vector<std::string> commands;
  if (where.is_chosen) commands.push_back(store_command(options, home, words));
  if (!where.others.empty()) commands.push_back(tls::ca_command(home, words));
  if (commands.size() == 2 && commands.front() == commands.back()) commands.pop_back();
  if (commands.empty()) return;
  diagnostics.note(
      fmt::format("the old one stays trusted where it is until it ends on {}, to end that now: {}",
                  format_rfc3339(old.not_after).substr(0, 10), fmt::join(commands, "; ")));
}

void tell(const cli::ParsedOptions& options, const flow::Certificate& fresh,
          const flow::Certificate& old, const Whereabouts& where, Time now, const fs::path& home,
          const cli::Diagnostics& diagnostics) {
  if (fresh.not_after < old.not_after)
    diagnostics.warning(fmt::format("the new CA ends before the old one does{}",
                                    options.has("days") ? ", as --days says" : ""));
  diagnostics.note(fmt::format("made a new CA, {}; mitm-record uses it when it is started anew",
                               tls::fingerprint(fresh.der, tls::Digest::kSha256)));
  diagnostics.note(fmt::format(
      "copies of the old one that were exported, to phones, other machines or for 'curl "
      "--cacert', must be replaced: {}",
      tls::ca_command(home, "export -o mitmkit.pem")));
  tell_of_others(where, home, diagnostics);
  if (now <= old.not_after) tell_of_the_end(options, old, where, home, diagnostics);
}

/// Makes the new one and puts it in the old one's place.
Status replace(const cli::ParsedOptions& options, const tls::CaOptions& wanted,
               const tls::CaCertificate& old, const Whereabouts& where, const fs::path& home,
               const cli::Diagnostics& diagnostics) {
  const Time now = SystemClock().now();
  const auto ca = tls::CertificateAuthority::create(wanted, now);
  if (!ca) return std::unexpected(ca.error());
  const auto passphrase = passphrase_for(options, home, old.facts, now, diagnostics);
  if (!passphrase) return std::unexpected(passphrase.error());
  // Before the new one takes its place: after a crash it must not be forgotten what is trusted.
  MITM_TRY(tls::keep_former(old, home));
  MITM_TRY(tls::replace_ca(*ca, old, home, *passphrase));
  tell(options, ca->facts(), old.facts, where, now, home, diagnostics);
  return {};
}

/// The new one goes where a former one is, and those that have ended go.
Result<int> spread(const cli::ParsedOptions& options, const std::vector<Sight>& sights,
                   const Former& former, const fs::path& home,
                   const cli::Diagnostics& diagnostics) {
  const auto fresh = tls::load_ca_certificate(home);
  if (!fresh) return std::unexpected(fresh.error());
  const auto installed =
      change_stores(options, sights, installation(trust_certificate(*fresh)), diagnostics);
  if (!installed) return installed;
  auto after = look_around(read_store_choice(options));
  if (!after) return std::unexpected(std::move(after).error());
  const auto dropped =
      drop_expired(options, holding(*std::move(after), former.expired), former, home, diagnostics);
  if (!dropped) return dropped;
  return std::max(*installed, *dropped);
}

}  // namespace

Result<int> rotate(const cli::ParsedOptions& options, const fs::path& home,
                   const cli::Diagnostics& diagnostics) {
  auto old = tls::load_ca_certificate(home);
  if (!old) return std::unexpected(std::move(old).error());
  const Time now = SystemClock().now();
  const auto wanted = wanted_options(options, *old, now);
  if (!wanted) return std::unexpected(wanted.error());
  const auto former = sort_former(*std::move(old), home, now);
  if (!former) return std::unexpected(former.error());
  std::vector<std::string> known;
  for (const tls::CaCertificate& one : former->all) known.push_back(one.facts.sha256);
  auto all = look_around(read_store_choice(options));
  if (!all) return std::unexpected(std::move(all).error());
  const auto sights = holding(*std::move(all), known);
  if (options.has("dry-run")) {
    MITM_TRY(preview(*wanted, sights, *former));
    return 0;
  }
  const tls::CaCertificate& replaced = former->all.front();
  const auto where = whereabouts_of(replaced.facts.sha256, options, sights);
  if (!where) return std::unexpected(where.error());
  MITM_TRY(replace(options, *wanted, replaced, *where, home, diagnostics));
  MITM_TRY(refresh_trust_folder(home, now, diagnostics));
  return spread(options, sights, *former, home, diagnostics);
}

}  // namespace mitm::ca
