"""Clients that verify certificates: one program each, told the URL, the proxy and the CA; and the words in which they refuse."""

import os

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")


class Verifier:
    """`refusals` are patterns of what it says, for each reason in kinds.py. `international` ones take names as people type them.

    `accepts` are titles of kinds that it accepts although it should not. One that is `silent` says nothing, so the reason must be in
    what mitm-record says about it.
    """

    def __init__(self, name, command, version, tls, refusals, *, needs, prepare=None, international=False, rsa=True, accepts=(), silent=False):
        self.name, self.command, self.version, self.tls, self.refusals = name, command, version, tls, refusals
        self.needs, self.prepare, self.international, self.rsa = needs, prepare, international, rsa
        self.accepts, self.silent = accepts, silent


def program(name):
    return os.path.join(PROGRAMS, "verify", name)


def shell(name, script, version, tls, refusals, **more):
    more.setdefault("needs", (version[0],))
    return Verifier(name, ["sh", program(f"{script}.sh")], version, tls, refusals, **more)


def verifiers(modules):
    """`modules` is where clients.py has npm put packages."""
    deno = os.path.join(modules, "node_modules/.bin/deno")
    openssl = {"constraint": "permitted subtree violation", "unknown": "unable to get local issuer certificate"}
    gnutls = {"constraint": "constraints", "unknown": "issuer is unknown|doesn't have a known issuer", "name": "does not match"}
    return [
        shell("openssl -x509_strict", "openssl", ["openssl", "version"], "OpenSSL", openssl | {"name": "hostname mismatch"}),
        shell("curl", "curl", ["curl", "--version"], "OpenSSL", openssl | {"name": "no alternative certificate subject name matches"},
              international=True),
        Verifier("Python, VERIFY_X509_STRICT", ["/usr/bin/python3", "-B", program("strict.py")], ["/usr/bin/python3", "--version"], "OpenSSL",
                 openssl | {"name": "Hostname mismatch"}, needs=("/usr/bin/python3",)),
        Verifier("node", ["node", program("node.mjs")], ["node", "--version"], "OpenSSL",
                 {"constraint": "permitted subtree violation", "unknown": "UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE",
                  "name": "ERR_TLS_CERT_ALTNAME_INVALID"}, needs=("node",)),
        shell("wget", "wget", ["wget", "--version"], "GnuTLS", gnutls | {"constraint": "is not trusted"}, international=True),
        shell("gnutls-cli", "gnutls", ["gnutls-cli", "--version"], "GnuTLS", gnutls),
        Verifier("Java", ["java", "-cp", "$BUILT", "Verify"], ["java", "--version"], "Java's own",
                 {"unknown": "unable to find valid certification path", "name": "No (subject alternative DNS )?name"},
                 needs=("java", "javac"), prepare=lambda built: ["javac", "-d", built, program("Verify.java")], accepts=("not permitted",)),
        Verifier("Go", ["$BUILT/verify"], ["go", "version"], "Go's own",
                 {"constraint": "not permitted by any constraint", "unknown": "signed by unknown authority", "name": "certificate is valid for"},
                 needs=("go",), prepare=lambda built: ["go", "build", "-o", os.path.join(built, "verify"), program("verify.go")],
                 international=True),
        shell("deno", "deno", [deno, "--version"], "rustls",
              {"constraint": "NameConstraintViolation", "unknown": "UnknownIssuer", "name": "not valid for name"}, international=True, rsa=False),
        shell("Chromium", "chromium", ["chromium", "--version"], "BoringSSL",
              {"constraint": "net_error -207", "unknown": "net_error -202", "name": "net_error -200"},
              needs=("chromium", "certutil"), international=True),
        shell("Firefox", "firefox", ["firefox-esr", "--version"], "NSS",
              {"constraint": "client sent alert 42", "unknown": "client sent alert 48", "name": "client sent alert 42"},
              needs=("firefox-esr", "certutil"), international=True, silent=True),
    ]
