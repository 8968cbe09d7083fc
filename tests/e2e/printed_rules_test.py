"""The rules of --print-rules: whom they lead, how they come and go, and what they refuse."""

import re
import shlex
import subprocess
import sys
import unittest

from harness import run
from namespaces import Hosts, lacking
from transparent_case import PORT, Commands, Routed

# Two that are within another, and one that is nobody's.
ALLOWED = ("--allow", "10.1.0.2", "--allow", "10.1.0.2/31", "--allow", "192.0.2.0/24", "--allow", "10.1.0.3", "--allow", "fd01::2/127")
INSIDE = {4: "10.1.0.2", 6: "fd01::2"}
OUTSIDE = {4: "10.1.0.9", 6: "fd01::9"}


class Choosing(Routed):
    def setUp(self):
        super().setUp()
        self.hosts.shell("client", f"ip addr add {OUTSIDE[4]}/24 dev torecorder; ip addr add {OUTSIDE[6]}/64 dev torecorder nodad")


class Allowed(Choosing):
    """Who is in a network of --allow is led, who is not goes past."""

    def printed_options(self, tool, *arguments):
        """Those of the mitm-record that the rules are said to be for."""
        (line,) = re.findall(r"^#   mitm-record (.*)", self.printed_text(tool, *arguments), flags=re.MULTILINE)
        return shlex.split(line)

    def check_allowed(self, tool, chosen):
        """With the mitm-record that is printed."""
        arguments = ("-m", f"transparent@[::]:{PORT}", "--mark", 3, *ALLOWED)
        recorder = self.start(*self.printed_options(tool, *arguments))
        self.serve()
        parts = dict(zip(("redirection", "tproxy"), self.printed(tool, *arguments)))

        def traffic():
            for family in (4, 6):
                for source in (INSIDE[family], OUTSIDE[family]):
                    curl = self.curl("client", "--interface", source, "--resolve", f"server.example:443:{Hosts.SERVER[family]}",
                                     "https://server.example/" if source == INSIDE[family] else f"http://{self.literal(family)}/")
                    self.assertEqual(curl.stdout, b"ok", curl.stderr)
        self.pasted_and_undone([parts[name] for name in chosen], traffic)
        self.assertEqual(recorder.stop(), 0)
        self.assertNotIn("turned away", recorder.stderr())
        self.assertEqual([flow["client"]["address"] for flow in self.dump("-r", self.archive)], [INSIDE[4], INSIDE[6]] * 2)

    def test_nft_redirect_of_those_that_may_enter(self):
        self.check_allowed("nft", ["redirection"])

    def test_iptables_redirect_of_those_that_may_enter(self):
        self.check_allowed("iptables", ["redirection"])

    def test_nft_tproxy_of_those_that_may_enter(self):
        self.check_allowed("nft", ["tproxy"])

    def test_iptables_tproxy_of_those_that_may_enter(self):
        self.check_allowed("iptables", ["redirection", "tproxy"])

    def test_a_protocol_that_no_allow_names_goes_past_but_for_what_this_machine_sends(self):
        self.serve()
        for tool in ("nft", "iptables"):
            arguments = ("-m", f"transparent@[::]:{PORT}", "--allow", "0.0.0.0/0")
            recorder = self.start(*self.printed_options(tool, *arguments))
            parts = [part for part in self.printed(tool, *arguments) if part]

            def traffic():
                for host, family in (("client", 4), ("client", 6), ("recorder", 6)):
                    curl = self.curl(host, f"http://{self.literal(family)}/")
                    self.assertEqual(curl.stdout, b"ok", curl.stderr)
            with self.subTest(tool=tool):
                self.pasted_and_undone(parts, traffic)
                self.assertEqual(recorder.stop(), 0)
                self.assertEqual([flow["client"]["address"] for flow in self.dump("-r", self.archive)], [INSIDE[4], "fd02::1"] * 2)


class Lasting(Routed):
    """Rules that stay longer than they should."""

    def test_iptables_undo_takes_away_what_was_there_more_than_once_and_says_nothing_when_it_is_gone(self):
        before = self.rules_with_tables()
        rules = self.redirection("iptables", "[::]")
        self.hosts.shell("recorder", rules.doing + "iptables -t nat -A OUTPUT -p tcp -j MITMKIT; ip6tables -t nat -A PREROUTING -p tcp -j MITMKIT_OTHERS")
        for rules_now in self.paste(rules.undoing):
            self.assertEqual(rules_now, before)

    def test_while_mitm_record_does_not_run_connections_are_refused(self):
        self.serve()
        for tool, without_tproxy, with_tproxy in (("nft", 7, 0), ("iptables", 7, 28)):
            redirection, tproxy = self.printed(tool, "-m", f"transparent@[::]:{PORT}")
            for part, hosts, expected in ((redirection, ("client", "recorder"), without_tproxy), (tproxy, ("client",), with_tproxy)):
                self.hosts.shell("recorder", part.doing)
                for host in hosts:
                    for family in (4, 6):
                        with self.subTest(tool=tool, host=host, family=family):
                            curl = self.curl(host, "--max-time", 4 if expected == 28 else 30, f"http://{self.literal(family)}/")
                            self.assertEqual(curl.returncode, expected, curl.stderr)
                self.hosts.shell("recorder", part.undoing)


def with_quic(commands):
    """With what refuses HTTP/3 no comment any more."""
    doing = re.sub(r"^( *)# (?=chain \w+_quic )", r"\1", commands.doing, flags=re.MULTILINE)
    doing = re.sub(r"^#   (?=ip6?tables )", "", doing, flags=re.MULTILINE)
    return Commands(doing, commands.undoing)


class Quic(Choosing):
    """The rules that come as comments: HTTP/3 refused, so that clients take TCP."""

    ASKING = """if True:
        import socket, sys
        s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
        if sys.argv[2]: s.bind((sys.argv[2], 0))
        s.connect((sys.argv[1], 443)); s.settimeout(1)
        for _ in range(5):  # a kernel may say "unreachable" once in a second only
            try:
                s.send(b"h3"); print(s.recv(100).decode()); break
            except (ConnectionRefusedError, PermissionError): print("refused"); break
            except TimeoutError: pass
    """

    ANSWERING = """if True:
        import socket, sys
        s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((sys.argv[1], 443)); print(flush=True)
        while True: s.sendto(*s.recvfrom(100))
    """

    def answer(self, host, address):
        """Sends back what comes over UDP."""
        peer = subprocess.Popen([*self.hosts.prefix(host), "python3", "-c", self.ANSWERING, address], stdout=subprocess.PIPE)
        self.addCleanup(peer.communicate)
        self.addCleanup(peer.kill)
        peer.stdout.readline()

    def ask(self, host, address, source=""):
        return run(*self.hosts.prefix(host), "python3", "-c", self.ASKING, address, source).stdout.decode().strip()

    def check(self, tool, family, *arguments):
        self.answer("server", Hosts.SERVER[family])
        loopback = {4: "127.0.0.1", 6: "::1"}[family]
        self.answer("recorder", loopback)
        rules = self.redirection(tool, "[::]", *arguments)

        def expect(inside, outside, own):
            self.assertEqual(self.ask("client", Hosts.SERVER[family], INSIDE[family]), inside)
            self.assertEqual(self.ask("client", Hosts.SERVER[family], OUTSIDE[family]), outside)
            self.assertEqual(self.ask("recorder", Hosts.SERVER[family]), own)
            self.assertEqual(self.ask("recorder", loopback), "h3")
        self.pasted_and_undone([rules], lambda: expect("h3", "h3", "h3"))
        self.pasted_and_undone([with_quic(rules)], lambda: expect("refused", "h3" if arguments else "refused", "refused"))
        expect("h3", "h3", "h3")

    def test_nft(self):
        self.check("nft", 4)

    def test_iptables(self):
        self.check("iptables", 6)

    def test_nft_for_those_that_may_enter(self):
        self.check("nft", 6, *ALLOWED)

    def test_iptables_for_those_that_may_enter(self):
        self.check("iptables", 4, *ALLOWED)

    def test_what_lets_all_through_does_not_let_it_through(self):
        self.answer("server", Hosts.SERVER[4])
        self.hosts.shell("recorder", "iptables -A FORWARD -j ACCEPT; iptables -A OUTPUT -j ACCEPT")
        for tool in ("nft", "iptables"):
            rules = with_quic(self.redirection(tool, "[::]"))
            self.hosts.shell("recorder", rules.doing)
            self.assertEqual([self.ask(host, Hosts.SERVER[4]) for host in ("client", "recorder")], ["refused"] * 2)
            self.hosts.shell("recorder", rules.undoing)


if __name__ == "__main__":
    if reason := lacking("nft", "iptables", "ip6tables", "curl"):
        print("skipped:", reason)
        sys.exit(77)
    unittest.main()
