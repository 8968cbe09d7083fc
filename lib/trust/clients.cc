#include "lib/trust/clients.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "lib/base/find_program.h"

namespace mitm::trust {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

struct Row {
  ClientKind kind;
  std::string_view name;
  std::array<std::string_view, 5> programs;  ///< the first that is there
  seconds patience;
};

constexpr auto kClients = std::to_array<Row>({
    {ClientKind::kCurl, "curl", {"curl"}, seconds(20)},
    {ClientKind::kOpenssl, "openssl", {"openssl"}, seconds(20)},
    {ClientKind::kPython, "python3", {"python3"}, seconds(20)},
    {ClientKind::kNode, "node", {"node", "nodejs"}, seconds(20)},
    {ClientKind::kJava, "java", {"java"}, seconds(60)},
    {ClientKind::kGo, "go", {"go"}, seconds(180)},  // it compiles first
    {ClientKind::kChromium,
     "chromium",
     {"chromium", "chromium-browser", "google-chrome", "brave-browser", "microsoft-edge"},
     seconds(40)},
    {ClientKind::kFirefox, "firefox", {"firefox", "firefox-esr", "librewolf"}, seconds(60)},
});

const Row& row_of(ClientKind kind) { return *std::ranges::find(kClients, kind, &Row::kind); }

constexpr auto kPythonScript = R"(
import socket, ssl, sys
context = ssl.create_default_context()
with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[2]))), server_hostname=sys.argv[1]) as s:
    s.sendall(b"GET / HTTP/1.0\r\n\r\n")
    s.recv(100)
)";

constexpr auto kNodeScript =
    "const [host, port] = process.argv.slice(1);"
    "const s = require('tls').connect({host: '127.0.0.1', port, servername: host}, () => "
    "{ s.write('GET / HTTP/1.0\\r\\n\\r\\n'); });"
    "s.on('data', () => s.end());"
    "s.on('error', (e) => { console.error(e.message); process.exit(1); });";

constexpr auto kJavaSource = R"(
import java.net.Socket;
import javax.net.ssl.*;
public class Probe {
  public static void main(String[] a) throws Exception {
    int port = Integer.parseInt(a[1]);
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    SSLSocket s = (SSLSocket) factory.createSocket(new Socket("127.0.0.1", port), a[0], port, true);
    SSLParameters p = s.getSSLParameters();
    p.setEndpointIdentificationAlgorithm("HTTPS");
    s.setSSLParameters(p);
    s.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes());
    s.getInputStream().read();
  }
}
)";

constexpr auto kGoSource = R"(package main

import (
	"crypto/tls"
	"fmt"
	"os"
)

func main() {
	c, err := tls.Dial("tcp", "127.0.0.1:"+os.Args[2], &tls.Config{ServerName: os.Args[1]})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
	c.Read(make([]byte, 100))
}
)";

bool has_go_cache() {
  const auto value = [](const char* name) {
    const char* found = std::getenv(name);
    return std::string(found != nullptr ? found : "");
  };
  if (!value("GOCACHE").empty()) return true;
  const std::string cache = value("XDG_CACHE_HOME");
  std::error_code ignored;
  return fs::is_directory(
      (cache.empty() ? fs::path(value("HOME")) / ".cache" : fs::path(cache)) / "go-build", ignored);
}

/// Nothing that it does at its first start is wanted.
constexpr auto kFirefoxSettings = R"(user_pref("network.dns.localDomains", "{}");
user_pref("network.proxy.type", 0);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("services.settings.server", "data:,");
)";

Attempt chromium(const Client& client, const std::string& url, const Destination& to,
                 const fs::path& directory, bool is_root) {
  std::vector<std::string> words{client.program,
                                 "--headless=new",
                                 "--disable-gpu",
                                 "--no-first-run",
                                 "--disable-background-networking",
                                 "--disable-component-update",
                                 "--disable-sync",
                                 "--no-proxy-server",
                                 "--user-data-dir=" + directory.string(),
                                 fmt::format("--host-resolver-rules=MAP {} 127.0.0.1", to.host),
                                 "--dump-dom"};
  if (is_root) words.emplace_back("--no-sandbox");
  words.push_back(url);
  return {.command = {.words = words}};
}

Attempt firefox(const Client& client, const std::string& url, const Destination& to,
                const fs::path& directory) {
  // The profile itself may be in use; what it trusts is in these.
  Attempt attempt{.command = {.words = {client.program, "--headless", "--no-remote", "--profile",
                                        directory.string(), url}}};
  for (const auto* name : {"cert9.db", "key4.db", "pkcs11.txt"})
    attempt.copies.emplace_back(client.database / name, name);
  attempt.files.emplace_back("user.js", fmt::format(kFirefoxSettings, to.host));
  return attempt;
}

/// A snap may see nothing of other homes.
bool is_snap(const Client& client) {
  std::error_code ignored;
  const fs::path real = fs::canonical(client.program, ignored);
  return client.program.starts_with("/snap/") || real == "/usr/bin/snap";
}

/// Where a client keeps what it makes for itself. What it trusts does not lie there.
void confine(const Client& client, const fs::path& directory, Invocation& command) {
  const auto put = [&](const char* name, const fs::path& path) {
    command.environment.emplace_back(name, path.string());
  };
  const bool is_browser =
      client.kind == ClientKind::kChromium || client.kind == ClientKind::kFirefox;
  if (is_browser && !is_snap(client)) {
    put("XDG_CACHE_HOME", directory / "cache");
    put("XDG_CONFIG_HOME", directory / "config");
    // Without certificates in the real one it would make a database for them there.
    if (client.kind == ClientKind::kFirefox || client.database.empty()) {
      put("HOME", directory);
      put("XDG_DATA_HOME", directory / "data");
    }
  }
  // Compiling everything anew takes a minute or two: a cache that is there is used.
  if (client.kind == ClientKind::kGo && !has_go_cache()) put("GOCACHE", directory / "go-build");
}

Attempt attempt_of(const Client& client, const Destination& to, const fs::path& directory,
                   bool is_root) {
  const std::string port = std::to_string(to.port);
  const std::string url = fmt::format("https://{}:{}/", to.host, port);
  const std::string& program = client.program;
  switch (client.kind) {
    case ClientKind::kCurl:
      return {{.words = {program, "-q", "-sS", "-o", "/dev/null", "--noproxy", "*", "--resolve",
                         fmt::format("{}:{}:127.0.0.1", to.host, port), url}}};
    case ClientKind::kOpenssl:
      return {
          {.words = {program, "s_client", "-quiet", "-connect", "127.0.0.1:" + port, "-servername",
                     to.host, "-verify_hostname", to.host, "-verify_return_error"},
           .input = "GET / HTTP/1.0\r\n\r\n"}};
    case ClientKind::kPython:
      return {{.words = {program, "-c", kPythonScript, to.host, port}}};
    case ClientKind::kNode:
      return {{.words = {program, "-e", kNodeScript, to.host, port}}};
    case ClientKind::kJava:
      return {{.words = {program, (directory / "Probe.java").string(), to.host, port}},
              {{"Probe.java", kJavaSource}}};
    case ClientKind::kGo:
      return {{.words = {program, "run", (directory / "probe.go").string(), to.host, port},
               .environment = {{"GO111MODULE", "off"}, {"GOFLAGS", ""}}},
              {{"probe.go", kGoSource}}};
    case ClientKind::kChromium:
      return chromium(client, url, to, directory, is_root);
    case ClientKind::kFirefox:
      break;
  }
  return firefox(client, url, to, directory);
}

fs::path chromium_database(const std::vector<Store>& stores) {
  const auto found = std::ranges::find_if(stores, [](const Store& store) {
    return store.kind == Kind::kNss && store.name == "Chromium";
  });
  return found != stores.end() ? found->path : fs::path();
}

}  // namespace

std::vector<Client> find_clients(const std::vector<Store>& stores) {
  std::vector<Client> clients;
  for (const Row& row : kClients) {
    std::string program;
    for (const std::string_view candidate : row.programs) {
      if (candidate.empty() || !program.empty()) continue;
      program = find_system_program(std::string(candidate)).value_or("");
    }
    if (program.empty()) continue;
    if (row.kind != ClientKind::kFirefox) {
      clients.push_back({row.kind, std::string(row.name), program});
      if (row.kind == ClientKind::kChromium) clients.back().database = chromium_database(stores);
      continue;
    }
    for (const Store& store : stores) {
      if (store.kind != Kind::kNss || !store.name.starts_with("Firefox")) continue;
      clients.push_back({row.kind, fmt::format("firefox {}", store.path.filename().string()),
                         program, store.path});
    }
  }
  return clients;
}

Attempt plan_attempt(const Client& client, const Destination& destination,
                     const fs::path& directory, bool is_root) {
  Attempt attempt = attempt_of(client, destination, directory, is_root);
  attempt.command.timeout = row_of(client.kind).patience;
  // What it leaves there, for it may be killed, vanishes with the directory.
  attempt.command.environment.emplace_back("TMPDIR", directory.string());
  confine(client, directory, attempt.command);
  return attempt;
}

std::vector<std::string> variables_of(ClientKind kind) {
  switch (kind) {
    case ClientKind::kCurl:
      return {"CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"};
    case ClientKind::kOpenssl:
    case ClientKind::kPython:
    case ClientKind::kGo:
      return {"SSL_CERT_FILE", "SSL_CERT_DIR"};
    case ClientKind::kNode:
      return {"NODE_EXTRA_CA_CERTS"};
    case ClientKind::kJava:
      return {"JAVA_TOOL_OPTIONS"};
    case ClientKind::kChromium:
    case ClientKind::kFirefox:
      break;
  }
  return {};
}

std::optional<Kind> store_of(ClientKind kind) {
  switch (kind) {
    case ClientKind::kCurl:
    case ClientKind::kOpenssl:
    case ClientKind::kPython:
    case ClientKind::kGo:
      return Kind::kSystem;
    case ClientKind::kChromium:
    case ClientKind::kFirefox:
      return Kind::kNss;
    case ClientKind::kJava:
      return Kind::kJava;
    case ClientKind::kNode:
      break;
  }
  return std::nullopt;
}

std::vector<std::string> client_names() {
  std::vector<std::string> names;
  for (const Row& row : kClients) names.emplace_back(row.name);
  return names;
}

}  // namespace mitm::trust
