"""Keys and certificates of the origin and of proxies that do not make their own, all P-256 like mitm-record's."""

import os
import subprocess


class Pki:
    """`ca`/`ca_key`: an authority; `certificate`/`key`: of localhost and 127.0.0.1, signed by it."""

    def __init__(self, directory):
        self.ca, self.ca_key, self.certificate, self.key, request, names = (
            os.path.join(directory, name) for name in ("ca.pem", "ca.key", "leaf.pem", "leaf.key", "leaf.csr", "names"))
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        self._openssl("req", "-x509", *key, "-days", "30", "-subj", "/CN=Bench CA",
                      "-addext", "keyUsage=critical,keyCertSign", "-keyout", self.ca_key, "-out", self.ca)
        self._openssl("req", *key, "-subj", "/CN=localhost", "-keyout", self.key, "-out", request)
        with open(names, "w", encoding="ascii") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.ca_key, "-CAcreateserial",
                      "-days", "30", "-extfile", names, "-out", self.certificate)

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)
