#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mitm::ca {

/// A certificate in the forms that a command needs.
struct Material {
  std::string name;  ///< of the file, without a suffix: "mitmkit-0123abcd4567"
  std::string pem;
  std::string base64;        ///< of the DER form, on one line
  std::string android_name;  ///< "0123abcd.0"
};

/// The platforms for which there is a command, sorted.
std::vector<std::string> platforms();

/// Other names for some of them, sorted.
std::vector<std::string> platform_aliases();
/// "ubuntu, mint as debian; rhel as fedora"
std::string describe_aliases();

/// One line for a shell of that platform that makes it trust the certificate, which it contains: it
/// can be pasted on another machine. `platform` is one of platforms() or platform_aliases().
std::string one_liner(std::string_view platform, const Material& material);

}  // namespace mitm::ca
