"""How traffic arrives: several modes at once, and what they say of themselves."""

import socket
import unittest

from harness import Case, Origin, answering, run

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


if __name__ == "__main__":
    unittest.main()
