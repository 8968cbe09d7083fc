"""Transparent mode on real routes: hosts in network namespaces, and rules of nftables and iptables."""

import os
import sys
import unittest

from harness import Origin, answering, program, run, wait_for
from namespaces import Hosts, lacking
from transparent_case import OK, PORT, PORTS, Routed

TPROXY_ROUTE = """
ip rule add fwmark 2 lookup 100; ip route add local default dev lo table 100
ip -6 rule add fwmark 2 lookup 100; ip -6 route add local default dev lo table 100
"""
NFT_TPROXY = f"""
nft -f - <<'END'
table inet tp {{
  chain pre {{
    type filter hook prerouting priority mangle;
    iifname "toclient" meta nfproto ipv4 tcp dport {{ {PORTS} }} tproxy ip to :{PORT} meta mark set 2 accept
    iifname "toclient" meta nfproto ipv6 tcp dport {{ {PORTS} }} tproxy ip6 to :{PORT} meta mark set 2 accept
  }}
}}
END
""" + TPROXY_ROUTE
IPTABLES_TPROXY = TPROXY_ROUTE + "".join(
    f"{tool} -t mangle -A PREROUTING -i toclient -p tcp -m multiport --dports {PORTS.replace(' ', '')} -j TPROXY --on-port {PORT} --tproxy-mark 2\n"
    for tool in ("iptables", "ip6tables"))


class Others(Routed):
    """Rules on the recorder's host for what clients send through it."""

    def check(self, rules):
        recorder = self.start_for_others()
        self.serve()
        self.hosts.shell("recorder", rules)
        self.expect_all_to_work("client", (4, 6))
        self.assertEqual(recorder.stop(), 0)
        self.expect_all_recorded((4, 6))
        self.assertNotIn("warning", recorder.stderr())

    def check_printed(self, tool, chosen, *listeners):
        """Redirection, TPROXY or both as printed. `listeners`: one for both protocols, or for each its own."""
        modes = [word for listener in listeners for word in ("-m", f"transparent@{listener}:{PORT}")]
        recorder = self.start(*modes, "--allow", "10.1.0.0/16", "--allow", "fd01::/64", "--mark", 1)
        self.serve()
        parts = dict(zip(("redirection", "tproxy"), self.printed(tool, *modes)))
        self.pasted_and_undone([parts[name] for name in chosen], lambda: self.expect_all_to_work("client", (4, 6)))
        self.assertEqual(self.say("client", 4, 25), b"220 hello\r\nyou said bye")  # straight to the server now
        self.assertEqual(recorder.stop(), 0)
        self.assertNotIn("warning", recorder.stderr())
        flows = self.dump("-r", self.archive)
        self.assertEqual([flow["error"] for flow in flows], [None] * len(flows))
        self.assertEqual(len(flows), 2 * 12)

    def test_nft_redirect_as_printed(self):
        self.check_printed("nft", ["redirection"], "[::]")

    def test_iptables_redirect_as_printed(self):
        self.check_printed("iptables", ["redirection"], "[::]")

    def test_nft_tproxy_as_printed_alone(self):
        self.check_printed("nft", ["tproxy"], "[::]")

    def test_iptables_tproxy_as_printed_alone(self):
        self.check_printed("iptables", ["tproxy"], "[::]")

    def test_nft_tproxy_as_printed_after_the_redirection(self):
        self.check_printed("nft", ["redirection", "tproxy"], "[::]")

    def test_iptables_tproxy_as_printed_after_the_redirection(self):
        self.check_printed("iptables", ["redirection", "tproxy"], "[::]")

    def test_nft_to_listeners_at_one_address_each(self):
        # Not the addresses of the interface that clients come in by, which a redirection would find too.
        self.check_printed("nft", ["redirection"], "10.2.0.1", "[fd02::1]")

    def test_iptables_to_listeners_at_one_address_each(self):
        self.check_printed("iptables", ["redirection"], "10.2.0.1", "[fd02::1]")

    def test_nft_tproxy_to_listeners_at_one_address_each(self):
        self.check_printed("nft", ["tproxy"], "10.2.0.1", "[fd02::1]")

    def test_iptables_tproxy_to_listeners_at_one_address_each(self):
        self.check_printed("iptables", ["tproxy"], "10.2.0.1", "[fd02::1]")

    def test_tproxy_to_servers_at_the_port_that_the_listener_has(self):
        recorder = self.start_for_others()
        Origin(self, answering(OK), None, listener=self.hosts.listener(PORT))
        self.hosts.shell("recorder", IPTABLES_TPROXY.replace("25,80", f"{PORT},80"))
        curl = self.curl("client", f"http://{Hosts.SERVER[4]}:{PORT}/", f"http://[{Hosts.SERVER[6]}]:{PORT}/")
        self.assertEqual(curl.stdout, b"okok", curl.stderr)
        recorder.stop()
        self.assertEqual([flow["error"] for flow in self.dump("-r", self.archive)], [None, None])

    def test_nft_tproxy(self):
        self.check(NFT_TPROXY)

    def test_iptables_tproxy(self):
        self.check(IPTABLES_TPROXY)

    def test_who_is_not_allowed_is_closed_at_once_and_told_and_counted(self):
        # With addresses that programs can take although they are others', too.
        self.hosts.shell("recorder", "sysctl -qw net.ipv4.ip_nonlocal_bind=1 net.ipv6.ip_nonlocal_bind=1")
        recorder = self.start("-m", f"transparent@[::]:{PORT}", "--allow", "10.9.0.0/16")
        self.serve()
        self.hosts.shell("recorder", self.redirection("nft", "[::]").doing)
        self.assertNotEqual(self.curl("client", f"http://{Hosts.SERVER[4]}/").returncode, 0)
        wait_for(lambda: "--allow 10.1.0.2" in recorder.stderr(), "the warning")
        recorder.stop()
        self.assertIn("warning: a connection from 10.1.0.2 was turned away", recorder.stderr())
        self.assertIn("1 connection from outside of --allow was turned away", recorder.stderr())
        self.assertEqual(self.dump("-r", self.archive), [])

    def test_many_that_are_not_allowed_are_told_once(self):
        recorder = self.start("-m", f"transparent@[::]:{PORT}", "--allow", "10.9.0.0/16")
        for _ in range(5):
            self.assertNotEqual(self.curl("client", f"http://{Hosts.RECORDER[4]}:{PORT}/").returncode, 0)
        recorder.stop()
        self.assertEqual(recorder.stderr().count("warning"), 1)
        self.assertIn("5 connections from outside of --allow were turned away", recorder.stderr())

    def test_a_connection_to_the_listener_itself_names_the_rule_that_is_missing(self):
        recorder = self.start_for_others()
        for _ in range(3):
            self.assertNotEqual(self.curl("client", f"http://{Hosts.RECORDER[4]}:{PORT}/").returncode, 0)
        wait_for(lambda: "--print-rules" in recorder.stderr(), "the hint")
        self.assertEqual(recorder.stderr().count("REDIRECT or TPROXY"), 1)
        recorder.stop()
        self.assertEqual([flow["error"]["kind"] for flow in self.dump("-r", self.archive)], ["no-destination"] * 3)

    def test_a_server_that_is_not_there_is_a_reset_as_without_us(self):
        recorder = self.start_for_others()
        self.hosts.shell("recorder", self.redirection("nft", "[::]").doing)
        self.assertNotEqual(self.curl("client", f"http://{Hosts.SERVER[4]}/").returncode, 0)
        recorder.stop()
        (flow,) = self.dump("-r", self.archive)
        self.assertEqual((flow["error"]["kind"], flow["server"]["host"]), ("connect-refused", Hosts.SERVER[4]))


class Own(Routed):
    """Rules for what the recorder's own host sends."""

    def check(self, tool, listeners, *arguments, rules=()):
        modes = [word for listener in listeners for word in ("-m", f"transparent@{listener}:{PORT}")]
        recorder = self.start(*modes, *arguments)
        self.serve()
        redirection, _ = self.printed(tool, *modes, *rules)
        self.pasted_and_undone([redirection], lambda: self.expect_all_to_work("recorder", (4, 6)))
        self.assertEqual(recorder.stop(), 0)
        flows = self.dump("-r", self.archive)
        self.assertEqual([flow["error"] for flow in flows], [None] * len(flows))
        self.assertEqual(len(flows), 2 * 12)
        self.assertNotIn("warning", recorder.stderr())

    LOOPBACK = ("127.0.0.1", "[::1]")

    def test_nft_as_printed(self):
        self.check("nft", self.LOOPBACK, "--mark", "7", rules=("--mark", "7"))

    def test_iptables_as_printed(self):
        self.check("iptables", self.LOOPBACK, "--mark", "7", rules=("--mark", "7"))

    def test_nft_that_lets_a_user_pass(self):
        self.check("nft", self.LOOPBACK, "--user", "nobody", rules=("--user", "nobody"))

    def test_iptables_that_lets_a_user_pass(self):
        self.check("iptables", self.LOOPBACK, "--user", "nobody", rules=("--user", "nobody"))

    OTHERS = ("--allow", "10.9.0.0/16", "--mark", "1")

    def test_this_machine_may_enter_what_others_may_not(self):
        self.check("nft", ("[::]",), *self.OTHERS)

    def test_nft_to_listeners_at_one_address_each(self):
        self.check("nft", ("10.1.0.1", "[fd01::1]"), *self.OTHERS)

    def test_iptables_to_listeners_at_one_address_each(self):
        self.check("iptables", ("10.1.0.1", "[fd01::1]"), *self.OTHERS)

    def test_this_machine_may_use_an_explicit_proxy_by_any_of_its_addresses(self):
        recorder = self.start("-m", f"explicit@0.0.0.0:{PORT}", "--allow", "10.9.0.0/16")
        self.serve()
        for address in ("10.1.0.1", "10.2.0.1", "127.0.0.1"):
            curl = self.curl("recorder", "--proxy", f"http://{address}:{PORT}", f"http://{Hosts.SERVER[4]}/")
            self.assertEqual(curl.stdout, b"ok", curl.stderr)
        self.assertNotEqual(self.curl("client", "--proxy", f"http://10.1.0.1:{PORT}", f"http://{Hosts.SERVER[4]}/").returncode, 0)
        recorder.stop()

    def test_a_source_that_is_not_ours_is_refused_where_it_could_be_taken(self):
        self.hosts.shell("recorder", "sysctl -qw net.ipv4.ip_nonlocal_bind=1")
        result = run(*self.hosts.prefix("recorder"), program("mitm-record"), "-w", self.archive, "-l", "0", "--source", "192.0.2.1",
                     "--", "true", env=self.env)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(b"connect from 192.0.2.1", result.stderr)

    def test_rules_that_catch_the_recorder_itself_are_told_and_make_no_circle(self):
        recorder = self.start("-m", f"transparent@127.0.0.1:{PORT}")  # without --mark
        self.serve()
        self.hosts.shell("recorder", self.redirection("nft", "127.0.0.1").doing)
        for url in (f"http://{Hosts.SERVER[4]}/", f"https://{Hosts.SERVER[4]}/"):
            self.assertNotEqual(self.curl("recorder", url).stdout, b"ok")
        wait_for(lambda: "--mark" in recorder.stderr(), "the hint")
        self.assertLess(len(os.listdir(f"/proc/{recorder.process.pid}/fd")), 100)
        recorder.stop()
        kinds = [flow["error"]["kind"] for flow in self.dump("-r", self.archive) if flow["error"]]
        self.assertEqual(kinds.count("loop"), 2)

    def test_so_do_those_that_catch_a_reverse_proxy(self):
        recorder = self.start("-m", f"reverse:http://{Hosts.SERVER[4]}@127.0.0.1:{PORT}")
        self.serve()
        self.hosts.shell("recorder", self.redirection("nft", "127.0.0.1").doing)
        self.curl("recorder", f"http://127.0.0.1:{PORT}/")
        wait_for(lambda: "lead mitm-record's own connections back" in recorder.stderr(), "the warning")
        recorder.stop()


if __name__ == "__main__":
    if reason := lacking("nft", "iptables", "ip6tables", "curl"):
        print("skipped:", reason)
        sys.exit(77)
    unittest.main()
