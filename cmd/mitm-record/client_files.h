#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/flow/facts.h"

/// What programs that obey no plain variable are given to read.
namespace mitm::record {

/// A configuration of wget that says what `earlier` says, which it stands in for, and then leads to
/// the proxy.
std::string wgetrc_text(std::string_view earlier, std::string_view proxy_url,
                        std::string_view bundle);
/// The same for wget2.
std::string wget2rc_text(std::string_view earlier, std::string_view proxy_url,
                         std::string_view bundle);

/// The file of certificates that a configuration of either names.
std::optional<std::string> wgetrc_certificates(std::string_view text);

/// A configuration of apt that includes the file `earlier`, when there is one.
std::string apt_config_text(const std::optional<std::string>& earlier, std::string_view proxy_url,
                            std::string_view bundle);

/// Options of Java, after those of `earlier`.
std::string java_options(const std::optional<std::string>& earlier, const flow::Endpoint& proxy,
                         std::string_view keystore);

}  // namespace mitm::record
