#!/usr/bin/python3
"""matrix.py BIN [--modules DIR] [--markdown] [NAME...]: clients that verify strictly, by the kinds of certificates they get to see.

Each client (verifiers.py) fetches a page through mitm-record for each kind (kinds.py). It knows mitm-record's CA but not the
server's, so what it accepts is a leaf of ours; it must accept all that are good, and refuse those that are not for the right
reason. Everything runs in a network namespace of its own, whose `lo` has addresses that clients do not take for their own host.
"""

import argparse
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading

import namespace
from clients import version_of
from kinds import IPV4, IPV6, KINDS, PERMITTED, WRONG
from origin import AnyAddressServer, Answer, start
from verifiers import PROGRAMS, verifiers

TIMEOUT = 90


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def new_key(stem, rsa=False):
    how = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    return ["-newkey", *how, "-nodes", "-keyout", f"{stem}.key"]


def make_ca(stem, name, *extensions, rsa=False):
    """STEM.pem and STEM.key, as other tools would make them."""
    with open(f"{stem}.cnf", "w", encoding="ascii") as file:
        file.write("[req]\ndistinguished_name=dn\n[dn]\n")
    added = [f"-addext={extension}" for extension in (
        "basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash", *extensions)]
    added = [part for extension in added for part in extension.split("=", 1)]
    openssl("req", "-x509", "-config", f"{stem}.cnf", *new_key(stem, rsa), "-days", "30", "-subj", f"/CN={name} CA", *added,
            "-out", f"{stem}.pem")
    os.chmod(f"{stem}.key", 0o600)


def make_certificate(stem, ca, common_name, names):
    """STEM.pem, with its key, signed by CA.pem. It lasts for 30 days."""
    extensions = ["-addext", f"subjectAltName={names}"] if names else []
    openssl("req", *new_key(stem), "-subj", f"/CN={common_name}", *extensions, "-addext", "extendedKeyUsage=serverAuth", "-out", f"{stem}.csr")
    openssl("x509", "-req", "-in", f"{stem}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-copy_extensions", "copyall", "-days", "30",
            "-out", f"{stem}.crt")
    with open(f"{stem}.pem", "wb") as file:
        for part in (f"{stem}.crt", f"{stem}.key"):
            with open(part, "rb") as source:
                file.write(source.read())


class Site:
    """Remembers which targets were asked for."""

    def __init__(self):
        self.asked = set()

    def answer(self, *_):
        return Answer(200, {"Content-Type": "text/plain"}, b"accepted")

    def remember(self, exchange):
        self.asked.add("/" + exchange.url.rpartition("/")[2])


class Proxy:
    """mitm-record with the CA in `home`. `words` is what it has said."""

    def __init__(self, program, home, upstream_ca, *options):
        self.address, self.words, ready = None, "", threading.Event()
        # A client that refuses a certificate would be passed through from then on.
        command = [program, "--home", home, "-l", "127.0.0.1:0", "--upstream-ca", upstream_ca, "--no-fail-open", "--color", "never", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

        def listen():
            for line in self.process.stdout:
                self.words += line
                if found := re.match(r"(?:mitm-record: )?listening on (\S+)", line):
                    self.address = found[1]
                    ready.set()
            ready.set()

        threading.Thread(target=listen, daemon=True).start()
        ready.wait(20)
        if not self.address:
            sys.exit(f"matrix: mitm-record does not listen: {self.words}")

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)


class Matrix:
    def __init__(self, programs, directory, modules):
        self.directory, self.modules, self.site = directory, modules, Site()
        make_ca(self.path("origin"), "Origin")
        self.servers = {kind: self.serve(number, kind) for number, kind in enumerate(KINDS)}
        homes = {"ec": (), "rsa": (), "constrained": (f"nameConstraints=critical,permitted;DNS:{PERMITTED},permitted;IP:198.18.0.0/255.255.0.0",),
                 "unknown": ()}
        for home, extensions in homes.items():
            os.mkdir(self.path(home), 0o700)
            make_ca(self.path(f"{home}/ca"), home, *extensions, rsa=home == "rsa")
        make_certificate(self.path("other"), self.path("ec/ca"), "other.test", "DNS:other.test")
        options = {"ec": ["--cert", f"{WRONG}={self.path('other.pem')}"]}
        self.proxies = {home: Proxy(os.path.join(programs, "mitm-record"), self.path(home), self.path("origin.pem"), *options.get(home, ()))
                        for home in homes if home != "unknown"}

    def stop(self):
        for proxy in self.proxies.values():
            proxy.stop()

    def path(self, name):
        return os.path.join(self.directory, name)

    def serve(self, number, kind):
        stem = self.path(f"server{number}")
        make_certificate(stem, self.path("origin"), kind.common_name, kind.names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{stem}.pem")
        return start(self.site, context, AnyAddressServer, "::").server_address[1]

    def prepare(self, verifier):
        built = tempfile.mkdtemp(dir=self.directory)
        if verifier.prepare:
            subprocess.run(verifier.prepare(built), check=True, timeout=TIMEOUT)
        return built

    def environment(self, verifier, kind, target):
        host = kind.host if verifier.international else kind.host.encode("idna").decode()
        address = f"[{host}]" if ":" in host else host
        port = self.servers[kind]
        ca = self.path(f"{kind.home if kind.known else 'unknown'}/ca.pem")
        hidden = re.compile("proxy|_CA_|SSL_CERT|^JAVA_TOOL_OPTIONS$", re.I)
        return {name: value for name, value in os.environ.items() if not hidden.search(name)} | {
            "HOST": host, "ADDRESS": address, "PORT": str(port), "TARGET": target, "URL": f"https://{address}:{port}{target}",
            "PROXY": self.proxies[kind.home].address, "CA": ca, "RSA": "yes" if kind.rsa else "", "WORK": tempfile.mkdtemp(dir=self.directory),
            "PROGRAMS": PROGRAMS, "MODULES": self.modules, "LC_ALL": "C.UTF-8"}

    def visit(self, verifier, built, kind):
        """Whether it accepted, and what it said."""
        target, status = f"/{KINDS.index(kind)}-{re.sub('[^a-z]', '', verifier.name.lower())}", 1
        environment = self.environment(verifier, kind, target)
        proxy = self.proxies[kind.home]
        heard = len(proxy.words)
        command = [part.replace("$BUILT", built) for part in verifier.command]
        try:
            result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                    timeout=TIMEOUT, check=False)
            status, said = result.returncode, result.stdout.decode(errors="replace")
        except subprocess.TimeoutExpired as expired:
            said = f"still running after {TIMEOUT} s: {(expired.stdout or b'').decode(errors='replace')}"
        accepted = target in self.site.asked
        if accepted and (status != 0 or "accepted" not in said):
            said = f"it got no answer: {said}"
        return accepted, said + (proxy.words[heard:] if verifier.silent else "")

    def judge(self, verifier, built, kind):
        """A word for the table, bold when it is not as it must be, and what the client said."""
        if kind.rsa and not verifier.rsa:
            return "–", ""
        accepted, said = self.visit(verifier, built, kind)
        if kind.refused and kind.title not in verifier.accepts:
            if accepted or not re.search(verifier.refusals[kind.refused], said):
                return "**accepted**" if accepted else "**refused otherwise**", said
            return "refused", said
        if not accepted or said.startswith("it got no answer"):
            return "**refused**", said
        return "(accepted)" if kind.refused else "accepted", said


def table(rows):
    yield f"| | {' | '.join(verifier.name for verifier, _ in rows)} |"
    yield "|---|" + "---|" * len(rows)
    yield f"| verifies with | {' | '.join(verifier.tls for verifier, _ in rows)} |"
    for number, kind in enumerate(KINDS):
        yield f"| {kind.title} | {' | '.join(words[number] for _, words in rows)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs")
    parser.add_argument("--modules", default=os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "mitmkit-test-clients"))
    parser.add_argument("--markdown", action="store_true", help="a table for README.md")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    hosts = sorted({kind.host.encode("idna").decode() for kind in KINDS} - {IPV4, IPV6})
    namespace.enter({"127.0.0.1": ["localhost"], IPV4: hosts}, (IPV4, IPV6))
    rows, failed = [], False
    with tempfile.TemporaryDirectory(prefix="mitmkit-matrix-", ignore_cleanup_errors=True) as directory:
        matrix = Matrix(os.path.abspath(options.programs), directory, options.modules)
        for verifier in verifiers(options.modules):
            if options.names and verifier.name not in options.names:
                continue
            if missing := [program for program in verifier.needs if not shutil.which(program)]:
                print(f"{verifier.name:28} skipped: no {' '.join(map(os.path.basename, missing))}", flush=True)
                continue
            built = matrix.prepare(verifier)
            judged = [matrix.judge(verifier, built, kind) for kind in KINDS]
            rows.append((verifier, [word for word, _ in judged]))
            problems = [f"    {kind.title}: {word}: {said[-1500:].strip()}" for kind, (word, said) in zip(KINDS, judged) if "**" in word]
            if problems or not options.markdown:
                print(f"{verifier.name:28} {version_of(verifier, None):16} {'FAILED' if problems else f'as expected: {len(KINDS)} kinds'}",
                      *problems, sep="\n", flush=True)
            failed = failed or bool(problems)
        matrix.stop()
    if options.markdown:
        print(*table(rows), sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
