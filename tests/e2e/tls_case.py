"""What the tests of intercepted TLS share."""

from harness import TIMEOUT, Case, Pki, by_connection, run, wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


class Tls(Case):
    def setUp(self):
        super().setUp()
        self.pki = Pki(self)
        self.archive = self.path("a.flowz")

    def start(self, *arguments):
        return self.record("-w", self.archive, "--upstream-ca", self.pki.ca, *arguments)

    def fetch(self, recorder, port, *arguments, host="localhost", ca=None):
        url = f"https://{host}:{port}/path"
        return run("curl", "-sS", "-q", "--max-time", TIMEOUT, "--proxy", recorder.url, "--cacert", ca or self.ca, *arguments, url,
                   env=self.env)

    def refuse(self, recorder, port):
        """A client that does not accept our certificate, and that this is noticed, which is later than it ends; curl's status."""
        def told():
            return recorder.stderr().count("does not accept our certificate")

        before = told()
        status = self.fetch(recorder, port, ca=self.pki.ca).returncode
        wait_for(lambda: told() > before, "the client's refusal to be noticed")
        return status

    def flows(self, recorder):
        self.assertEqual(recorder.stop(), 0, recorder.stderr())
        return by_connection(self.dump("-r", self.archive))
