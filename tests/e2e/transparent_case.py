"""What the tests of transparent mode share: hosts on real routes, and what --print-rules gives."""

import collections
import re

from harness import TIMEOUT, Case, Origin, Pki, answering, by_connection, run
from namespaces import Hosts

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PORTS = "25, 80, 443, 8000, 8443"
PORT = 8090


def greet(connection):
    connection.sendall(b"220 hello\r\n")
    connection.sendall(b"you said " + connection.recv(100))
    connection.recv(1)  # until the client has ended: what is left unread would be a reset


Commands = collections.namedtuple("Commands", "doing undoing")


def uncommented(text):
    """The commands that stand in comments."""
    return "".join(line.removeprefix("#   ") + "\n" for line in text.splitlines() if line.startswith("#   "))


class Routed(Case):
    def setUp(self):
        super().setUp()
        self.hosts = Hosts(self)
        self.archive = self.path("a.flowz")
        self.pki = Pki(self)

    def start(self, *arguments):
        return self.record("-w", self.archive, "--upstream-ca", self.pki.ca, *arguments, prefix=self.hosts.prefix("recorder"))

    def start_for_others(self, *arguments):
        return self.start("-m", f"transparent@[::]:{PORT}", "--allow", "10.1.0.0/16", "--allow", "fd01::/64", "--mark", 1, *arguments)

    def printed_text(self, tool, *arguments):
        result = self.run_program("mitm-record", "--print-rules", tool, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.decode()

    def printed(self, tool, *arguments):
        """What --print-rules says, with the ports of these tests: its commands, as they are pasted."""
        text = self.printed_text(tool, *arguments).replace("80, 443", PORTS).replace("80,443", PORTS.replace(" ", ""))
        rules, undoing, *rest = re.split(r"^# To undo.*\n", text, flags=re.MULTILINE)
        redirection = Commands(rules, uncommented(undoing.split("\n\n")[0]))
        return redirection, Commands(uncommented(undoing.split("\n\n")[1]), uncommented(rest[0])) if rest else None

    def redirection(self, tool, listener, *arguments):
        return self.printed(tool, "-m", f"transparent@{listener}:{PORT}", *arguments)[0]

    def rules(self):
        """All that rules and routes of the recorder's host are now, without what time changes."""
        text = self.hosts.shell("recorder", """
            nft list ruleset; iptables-save; ip6tables-save; ip rule; ip -6 rule
            ip route show table all; ip -6 route show table all""").decode()
        text = re.sub(r"\[\d+:\d+\]|packets \d+ bytes \d+", "", text)
        return sorted(line for line in text.splitlines() if not re.match(r"#|.*(fe80:|ff00:)", line))

    def rules_with_tables(self):
        """The same once iptables has made its own tables and chains, which stay for good."""
        self.hosts.shell("recorder", """
            for t in iptables ip6tables; do for c in nat:PREROUTING nat:OUTPUT mangle:PREROUTING filter:FORWARD filter:OUTPUT; do
            $t -t ${c%:*} -A ${c#*:} -j ACCEPT; $t -t ${c%:*} -D ${c#*:} -j ACCEPT; done; done""")
        return self.rules()

    def paste(self, commands):
        """Twice, without a word: into a shell that ends at what goes wrong, and into one that goes on. Gives the rules after each time."""
        for mode in ("-e", "+e"):
            self.assertEqual(self.hosts.shell("recorder", f"set {mode}; exec 2>&1\n{commands}"), b"")
            yield self.rules()

    def pasted_and_undone(self, parts, traffic):
        """Pastes parts of what is printed, sees to it that traffic takes that way, and undoes them: twice, as users do."""
        before = self.rules_with_tables()
        for _ in range(2):
            for part in parts:
                once, twice = self.paste(part.doing)
                self.assertNotEqual(once, before)
                self.assertEqual(twice, once)
            traffic()
            for part in parts:
                self.assertEqual(self.hosts.shell("recorder", "exec 2>&1\n" + part.undoing), b"")
            self.assertEqual(self.rules(), before)

    def serve(self):
        """The server's services, by port."""
        names = "DNS:server.example,IP:10.2.0.2,IP:fd02::2"
        return {port: Origin(self, behaviour, context, listener=self.hosts.listener(port))
                for port, behaviour, context in ((25, greet, None), (80, answering(OK), None), (8000, answering(OK), None),
                                                 (443, answering(OK), self.pki.context(names)), (8443, answering(OK), self.pki.context(names)))}

    @staticmethod
    def literal(family):
        return f"[{Hosts.SERVER[family]}]" if family == 6 else Hosts.SERVER[family]

    def curl(self, host, *arguments):
        return run(*self.hosts.prefix(host), "curl", "-sSq", "--max-time", TIMEOUT, "--cacert", self.ca, *arguments, env=self.env)

    def say(self, host, family, port):
        """What the server on `port` says to a client that answers "bye"."""
        script = (f"import socket,sys; c = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout={TIMEOUT}); d = c.recv(100); "
                  "c.sendall(b'bye'); c.shutdown(1); d += c.recv(100); sys.stdout.buffer.write(d)")
        return run(*self.hosts.prefix(host), "python3", "-c", script, Hosts.SERVER[family], port).stdout

    def expect_all_to_work(self, host, families):
        for family in families:
            address = Hosts.SERVER[family]
            for url in ("http://server.example/", "http://server.example:8000/", "https://server.example/", "https://server.example:8443/"):
                with self.subTest(family=family, url=url):
                    port = url.split(":")[2].strip("/") if url.count(":") > 1 else {"http": 80, "https": 443}[url.split(":", maxsplit=1)[0]]
                    curl = self.curl(host, "--resolve", f"server.example:{port}:{address}", url)
                    self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), curl.stderr)
            with self.subTest(family=family, service="that speaks first"):
                self.assertEqual(self.say(host, family, 25), b"220 hello\r\nyou said bye")
            with self.subTest(family=family, url="by address, without a name in TLS"):
                curl = self.curl(host, f"https://{self.literal(family)}/")
                self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), curl.stderr)

    def expect_all_recorded(self, families):
        flows = by_connection(self.dump("-r", self.archive))
        self.assertEqual({flow["mode"] for flow in flows}, {"transparent"})
        self.assertEqual([flow["error"] for flow in flows], [None] * len(flows))
        for family in families:
            of_family = [flow for flow in flows if flow["server"]["address"] == Hosts.SERVER[family]]
            self.assertEqual([flow["server"]["port"] for flow in of_family], [80, 8000, 443, 8443, 25, 443])
            self.assertEqual([flow["kind"] for flow in of_family], ["http"] * 4 + ["tcp", "http"])
            self.assertEqual([flow["request"]["url"] for flow in of_family[:4]],
                             ["http://server.example/", "http://server.example:8000/", "https://server.example/", "https://server.example:8443/"])
