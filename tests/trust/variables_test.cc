#include "lib/trust/variables.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace mitm::trust;

TEST_CASE("every variable stands in the table once") {
  std::set<std::string_view> names;
  for (const Variable& variable : variables()) {
    CAPTURE(variable.name);
    CHECK(names.insert(variable.name).second);
  }
}

TEST_CASE("proxy variables are set in both cases, since programs look at one of them") {
  const std::string names = names_of(VariableKind::kProxy);
  for (const auto* name :
       {"http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
    CHECK(names.find(name) != std::string::npos);
  CHECK(names_of(VariableKind::kAdds) == "NODE_EXTRA_CA_CERTS and DENO_CERT");
  CHECK(names_of(VariableKind::kWgetrc) == "WGETRC");
}
