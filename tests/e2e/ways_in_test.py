"""How traffic arrives: several modes at once, and what they say of themselves."""

import json
import socket
import unittest

from harness import TIMEOUT, Case, Origin, answering, run, wait_for
from namespaces import Hosts, lacking

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Listeners(Case):
    def test_each_has_its_address_and_is_announced(self):
        origin = Origin(self, answering(OK))
        archive = self.path("a.flowz")
        recorder = self.record("-w", archive, "-m", "explicit@127.0.0.1:0", "-m", "explicit@[::1]:0")
        self.assertEqual([mode for mode, _ in recorder.ways], ["explicit", "explicit"])
        for _, address in recorder.ways:
            self.assertIn(f"listening on {address} (explicit)\n", recorder.stderr())
            curl = run("curl", "-sSq", "--proxy", f"http://{address}", f"http://127.0.0.1:{origin.port}/", env=self.env)
            self.assertEqual((curl.stdout, curl.returncode), (b"ok", 0), curl.stderr)
        recorder.stop()
        self.assertEqual([(flow["mode"], flow["client"]["address"]) for flow in self.dump("-r", archive)],
                         [("explicit", "127.0.0.1"), ("explicit", "::1")])

    def test_none_of_them_leads_to_another(self):
        recorder = self.record("-q", "-m", "explicit@127.0.0.1:0", "-m", "explicit@127.0.0.1:0")
        host, port = recorder.address_of(1)
        curl = run("curl", "-sSq", "--proxy", recorder.url, f"http://{host}:{port}/", env=self.env)
        self.assertIn(b"is this proxy itself", curl.stdout)

    def test_one_in_use_is_told_with_its_address(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = self.run_program("mitm-record", "-m", "explicit@127.0.0.1:0", "-m", f"explicit@127.0.0.1:{port}")
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"listen on 127.0.0.1:{port}: Address already in use", result.stderr.decode())


class Neighbours(Case):
    def test_who_takes_an_address_of_another_of_our_links_is_not_us(self):
        if reason := lacking():
            self.skipTest(reason)
        hosts = Hosts(self)
        recorder = self.record("-l", "[::]:8080", "--allow", "192.0.2.0/24", prefix=hosts.prefix("recorder"))

        def link_local(host, device):
            found = json.loads(hosts.run(host, "ip", "-j", "-6", "addr", "show", "dev", device, "scope", "link"))
            return next(address["local"] for link in found for address in link.get("addr_info", ()) if "local" in address)

        wait_for(lambda: b"tentative" not in hosts.run("recorder", "ip", "-6", "addr"), "addresses to be usable")
        ours, other = link_local("recorder", "toclient"), link_local("recorder", "toserver")
        theirs = link_local("client", "torecorder")
        hosts.run("client", "ip", "-6", "addr", "add", f"{other}/64", "dev", "torecorder", "nodad")

        def answer(host, device, source):
            """To what is no request for a proxy."""
            with hosts.inside(host), socket.socket(socket.AF_INET6) as client:
                link = socket.if_nametoindex(device)
                client.settimeout(TIMEOUT)
                client.bind((source, 0, 0, link))
                client.connect((ours, 8080, 0, link))
                try:
                    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    return client.recv(12)
                except ConnectionError:
                    return b""

        self.assertEqual(answer("client", "torecorder", theirs), b"")
        self.assertEqual(answer("client", "torecorder", other), b"")
        self.assertEqual(answer("recorder", "toclient", ours), b"HTTP/1.1 400")
        wait_for(lambda: "was turned away" in recorder.stderr(), "the warning")


if __name__ == "__main__":
    unittest.main()
