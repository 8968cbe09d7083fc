"""Who trusts the CA: what doctor says, and what the clients themselves then do.

The clients are those of this machine, started in other ways than doctor starts them.
"""

import os
import shutil
import signal
import subprocess
import time
import unittest

from ca_case import Case
from tls_server import Server

# HOST PORT: names below localhost resolve in some clients only, so they connect to 127.0.0.1 themselves.
PYTHON = """
import http.client, socket, ssl, sys
class Connection(http.client.HTTPSConnection):
    def connect(self):
        self.sock = self._context.wrap_socket(socket.create_connection(("127.0.0.1", self.port)), server_hostname=self.host)
connection = Connection(sys.argv[1], int(sys.argv[2]))
connection.request("GET", "/")
assert connection.getresponse().status == 200
"""
NODE = """
const [host, port] = process.argv.slice(1);
require('https').get({host: '127.0.0.1', port, servername: host, headers: {host}}, r => r.resume())
  .on('error', e => { console.error(e.message); process.exit(1); });
"""
JAVA = """
import java.net.*;
import javax.net.ssl.*;
public class Get {
  public static void main(String[] a) throws Exception {
    int port = Integer.parseInt(a[1]);
    SSLSocket s = (SSLSocket) SSLContext.getDefault().getSocketFactory()
        .createSocket(new Socket(InetAddress.getLoopbackAddress(), port), a[0], port, true);
    SSLParameters p = s.getSSLParameters();
    p.setEndpointIdentificationAlgorithm("HTTPS");
    s.setSSLParameters(p);
    s.startHandshake();
  }
}
"""
GO = """package main

import (
	"net"
	"net/http"
	"os"
)

func main() {
	transport := &http.Transport{Dial: func(network, address string) (net.Conn, error) {
		return net.Dial(network, "127.0.0.1:"+os.Args[2])
	}}
	client := &http.Client{Transport: transport}
	if _, err := client.Get("https://" + os.Args[1] + ":" + os.Args[2] + "/"); err != nil {
		println(err.Error())
		os.Exit(1)
	}
}
"""
VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "JAVA_TOOL_OPTIONS",
             "XDG_CONFIG_HOME", "XDG_DATA_HOME", "JAVA_HOME")


class Clients(Case):
    """HOST is localhost or below it: those are this machine for every client."""

    def setUp(self):
        super().setUp()
        self.user = self.folder / "user"
        self.profile = self.user / ".mozilla/firefox/test.default"
        self.env = {name: value for name, value in os.environ.items() if name not in VARIABLES and "proxy" not in name.lower()}
        self.env.update(HOME=str(self.user), MITMKIT_HOME=str(self.home))
        for database in (self.user / ".pki/nssdb", self.profile):
            database.mkdir(parents=True)
            if shutil.which("certutil"):
                subprocess.run(["certutil", "-N", "-d", f"sql:{database}", "--empty-password"], check=True)
        (self.folder / "Get.java").write_text(JAVA)
        (self.folder / "get.go").write_text(GO)
        # What it compiled once it need not compile again.
        self.env["GOCACHE"] = os.environ.get("GOCACHE") or os.path.expanduser("~/.cache/go-build")

    def present(self):
        programs = {"curl": "curl", "openssl": "openssl", "python3": "python3", "node": "node", "java": "javac", "go": "go"}
        names = [name for name, program in programs.items() if shutil.which(program)]
        if shutil.which("certutil"):
            names += [name for name in ("chromium", "firefox") if shutil.which(name)]
        return names

    def end(self, process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def trusts(self, name, host, leaf, env):
        """Whether this client gets an answer of a server with this certificate."""
        with Server(*leaf) as server:
            url = f"https://{host}:{server.port}/"
            where = [host, str(server.port)]
            commands = {
                "curl": ["curl", "-q", "-sS", "--noproxy", "*", url],
                "openssl": ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-servername", host,
                            "-verify_return_error", "-verify_hostname", host],
                "python3": ["python3", "-c", PYTHON, *where],
                "node": ["node", "-e", NODE, *where],
                "java": ["java", str(self.folder / "Get.java"), *where],
                "go": ["go", "run", str(self.folder / "get.go"), *where],
            }
            if name in commands:
                environment = {**env, "GO111MODULE": "off"}
                return subprocess.run(commands[name], capture_output=True, stdin=subprocess.DEVNULL, env=environment, timeout=200).returncode == 0
            return self.browser_trusts(name, url, server, env)

    def browser_trusts(self, name, url, server, env):
        scratch = self.folder / f"{name}-{server.port}"
        scratch.mkdir()
        if name == "chromium":
            command = ["chromium", "--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={scratch}", "--no-proxy-server",
                       *(["--no-sandbox"] if os.geteuid() == 0 else []), "--dump-dom", url]
        else:
            for file in self.profile.iterdir():
                shutil.copy(file, scratch)
            command = ["firefox", "--headless", "--no-remote", "--profile", str(scratch), "--screenshot", str(scratch / "x.png"), url]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, start_new_session=True)
        try:
            self.wait_for_word(process, server)
            return server.asked.is_set()
        finally:
            self.end(process)

    def wait_for_word(self, process, server):
        """Until the page was asked for, or was not although the certificate was refused and time went by; a busy machine starts browsers slowly."""
        end = time.monotonic() + 60
        while not server.asked.wait(0.1) and process.poll() is None and time.monotonic() < end:
            if server.refused.is_set():
                server.asked.wait(3)
                return

    def what_they_do(self, host, leaf, env):
        return {name: self.trusts(name, host, leaf, env) for name in self.present()}

    def what_doctor_says(self, env):
        result = subprocess.run(self.command("doctor"), capture_output=True, env=env)
        said = {}
        for line in result.stdout.decode().splitlines():
            word, _, rest = line.partition(" ")
            if word:
                name = rest.split()[0]
                said[name] = word == "trusts"
                # Java without its compiler, say, makes no connection.
                self.assertTrue(word in ("trusts", "refuses") or name not in self.present(), result)
        self.assertEqual(result.returncode, 0 if all(said.values()) else 1, result)
        return {name: said[name] for name in self.present()}, result.stdout.decode()

    def environment(self):
        """That of a shell that evaluated what env prints."""
        command = f'eval "$({" ".join(self.command("env", "--shell", "sh"))})" && env -0'
        result = subprocess.run(["sh", "-c", command], capture_output=True, env=self.env, check=True)
        return dict(entry.split("=", 1) for entry in result.stdout.decode().split("\0") if entry)

    def issue(self, *hosts):
        stem = self.folder / f"leaf-{hosts[0]}"
        self.succeed("issue", "--force", "-o", stem, *hosts)
        return f"{stem}.pem", f"{stem}-key.pem"


class Trust(Clients):
    def test_doctor_agrees_with_them(self):
        self.succeed("init")
        leaf = self.issue("localhost")
        nobody = dict.fromkeys(self.present(), False)
        said, text = self.what_doctor_says(self.env)
        self.assertEqual(said, nobody)
        self.assertEqual(self.what_they_do("localhost", leaf, self.env), nobody)
        self.assertIn("to mend it:", text)
        if shutil.which("certutil") and not os.path.exists("/etc/pki/nssdb"):
            installed = subprocess.run(self.command("install", "--store", "nss"), capture_output=True, env=self.env)
            self.assertEqual(installed.returncode, 0, installed)
        everybody = dict.fromkeys(self.present(), True)
        environment = self.environment()
        self.assertEqual(self.what_doctor_says(environment)[0], everybody)
        self.assertEqual(self.what_they_do("localhost", leaf, environment), everybody)

    def test_the_old_one_and_the_new_one_after_a_rotation(self):
        self.succeed("init")
        old = [shutil.copy(path, self.folder / f"old{number}") for number, path in enumerate(self.issue("localhost"))]
        if shutil.which("certutil") and not os.path.exists("/etc/pki/nssdb"):
            subprocess.run(self.command("install", "--store", "nss"), capture_output=True, env=self.env, check=True)
            subprocess.run(self.command("rotate", "--store", "nss"), capture_output=True, env=self.env, check=True)
        else:
            subprocess.run(self.command("rotate", "--root", self.folder / "user"), capture_output=True, env=self.env, check=True)
        new = self.issue("localhost")
        environment = self.environment()
        everybody = dict.fromkeys(self.present(), True)
        self.assertEqual(self.what_they_do("localhost", new, environment), everybody)
        self.assertEqual(self.what_they_do("localhost", old, environment), everybody)


class Nobody(Clients):
    def test_there_is_nobody_to_ask(self):
        self.succeed("init")
        result = subprocess.run(self.command("doctor"), capture_output=True, env={**self.env, "PATH": str(self.folder)})
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"none of the clients to ask", result.stderr)

    def test_an_encrypted_key_is_needed(self):
        self.succeed("init", env={"MITMKIT_PASSPHRASE": "pw"})
        result = subprocess.run(self.command("doctor", "--client", "curl"), capture_output=True, env={**self.env, "MITMKIT_PASSPHRASE": "no"})
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"wrong passphrase", result.stderr)
        result = subprocess.run(self.command("doctor", "--client", "openssl"), capture_output=True, env={**self.env, "MITMKIT_PASSPHRASE": "pw"})
        self.assertTrue(result.stdout.startswith(b"refuses   openssl"), result)


class Constrained(Clients):
    def test_outside_its_domains_it_is_worth_nothing(self):
        self.succeed("init", "--permit", "inside.localhost")
        if shutil.which("certutil") and not os.path.exists("/etc/pki/nssdb"):
            subprocess.run(self.command("install", "--store", "nss"), capture_output=True, env=self.env, check=True)
        environment = self.environment()
        inside = self.what_they_do("inside.localhost", self.issue("inside.localhost"), environment)
        self.assertEqual(inside, dict.fromkeys(self.present(), True))
        self.assertEqual(self.what_doctor_says(environment)[0], inside)
        outside = self.what_they_do("outside.localhost", self.steal("outside.localhost"), environment)
        self.assertEqual(outside, dict.fromkeys(self.present(), False))

    def steal(self, host):
        """What somebody signs who has the key."""
        signing = self.folder / "signing.pem"
        blocks = (self.home / "ca.pem").read_text().split("-----END CERTIFICATE-----\n")
        signing.write_text(blocks[1] + "-----END CERTIFICATE-----\n")
        key, request, leaf = (self.folder / name for name in ("stolen.key", "stolen.csr", "stolen.pem"))
        (self.folder / "ext").write_text(f"subjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n")
        self.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/O=x", "-keyout", key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", signing, "-CAkey", self.home / "ca.key", "-days", "9",
                     "-extfile", self.folder / "ext", "-out", leaf)
        leaf.write_text(leaf.read_text() + signing.read_text())
        return leaf, key


if __name__ == "__main__":
    unittest.main()
