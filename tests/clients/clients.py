#!/usr/bin/python3
"""clients.py BIN [--modules DIR] [--markdown] [NAME...]: real clients as `mitm-record -- CLIENT`, their words against the recording's.

Each client fetches what tests/clients/origin.py serves, over https and http. What the client got, what the origin's log says and
what mitm-dump finds in the recording must agree, bodies byte for byte. Everything runs in a mount namespace of its own, whose
/etc/hosts gives the origin a name: many clients use no proxy for localhost.
"""

import argparse
import base64
import collections
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time

import fixtures
import namespace
from catalogue import MODULES, PROGRAMS, clients
from origin import NAME, Exchange, Site, digest, start

TIMEOUT = 120


def install_modules(directory):
    if not shutil.which("npm"):
        return
    os.makedirs(directory, exist_ok=True)
    try:
        fixtures.write(os.path.join(directory, "package.json"), json.dumps({"optionalDependencies": MODULES}).encode())
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-progress", "--prefix", directory], capture_output=True, check=True,
                       timeout=600)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or b"").decode().strip()
        print(f"clients: npm could not install {' '.join(MODULES)}: {error}; {said}")


class Bench:
    def __init__(self, programs, directory, modules):
        self.programs, self.directory, self.modules = programs, directory, modules
        self.ca = os.path.join(directory, "origin-ca.pem")
        self.site = Site(os.path.join(directory, "site"))
        os.mkdir(self.site.directory)
        self.facts = {name: getattr(fixtures, name)(self.site.directory) for name in ("git", "apt", "npm", "pip")}
        self.facts["page"] = f"bytes {len(self.site.body)} {len(self.site.text)}"
        fixtures.write(os.path.join(directory, "upload"), self.site.upload)
        servers = [start(self.site, self.context()), start(self.site)]
        self.environment = {name: value for name, value in os.environ.items()
                            if not re.search(r"proxy|_CA_|SSL_CERT|^JAVA_TOOL_OPTIONS$", name, re.I)}
        self.environment.update(ORIGIN_https=servers[0].url, ORIGIN_http=servers[1].url, UPLOAD=os.path.join(directory, "upload"),
                                PROGRAMS=PROGRAMS, MODULES=modules, MITMKIT_HOME=os.path.join(directory, "home"), PYTHONDONTWRITEBYTECODE="1",
                                DENO_NO_UPDATE_CHECK="1")
        subprocess.run([self.program("mitm-ca"), "init"], env=self.environment, check=True, capture_output=True)
        self.expected = {"get": digest(self.site.body), "chunked": digest(self.site.body), "redirect": digest(self.site.body),
                         "gzip": digest(self.site.text), "head": str(len(self.site.body)), "post": digest(self.site.upload)}

    def program(self, name):
        return os.path.join(self.programs, name)

    def context(self):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], check=True, capture_output=True)

        stem = os.path.join(self.directory, "origin")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj",
                "/CN=Origin CA", "-addext", "keyUsage=critical,keyCertSign", "-keyout", f"{stem}-ca.key", "-out", self.ca)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={NAME}",
                "-addext", f"subjectAltName=DNS:{NAME}", "-addext", "extendedKeyUsage=serverAuth", "-keyout", f"{stem}.key", "-out", f"{stem}.csr")
        openssl("x509", "-req", "-in", f"{stem}.csr", "-CA", self.ca, "-CAkey", f"{stem}-ca.key", "-copy_extensions", "copyall", "-days", "30",
                "-out", f"{stem}.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{stem}.pem", f"{stem}.key")
        return context

    def try_client(self, client):
        """What is wrong; nothing is what everybody hopes for."""
        work = tempfile.mkdtemp(dir=self.directory)
        environment = dict(self.environment, WORK=work)
        for command in client.prepare(work) if client.prepare else ():
            subprocess.run(command, env=environment, check=True, timeout=TIMEOUT)
        self.site.start_over()
        archive = os.path.join(work, "x.flowz")
        command = [part.replace("$WORK", work) for part in client.command]
        try:
            result = subprocess.run([self.program("mitm-record"), "-w", archive, "--upstream-ca", self.ca, "--", *command], env=environment,
                                    stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired as expired:
            return [f"still running after {TIMEOUT} s: {(expired.stderr or b'').decode(errors='replace')[-1000:]}"]
        problems = []
        if result.returncode != 0:
            problems.append(f"exit status {result.returncode}")
        problems += self.compare_words(client, result.stdout.decode(errors="replace"))
        problems += self.compare_logs(client, archive)
        if problems:
            problems.append("it said: " + result.stderr.decode(errors="replace")[-1500:].strip())
        return problems

    def compare_words(self, client, said):
        values = dict(line.split(" ", 1) for line in said.splitlines() if " " in line)
        for label in client.labels:
            expected = client.expected.get(label.partition(".")[2]) or self.expected[label.partition(".")[2]]
            if values.get(label) != expected:
                yield f"{label}: got {values.get(label)}, not {expected}"

    def compare_logs(self, client, archive):
        flows = self.flows(archive)
        if not client.browser:
            yield from (f"recorded besides: {flow['kind']} {flow['server']} {flow['error']}" for flow in flows if not is_ours(flow))
        flows = [flow for flow in flows if is_ours(flow)]
        for flow in flows:
            if not flow["complete"] or flow["error"] or flow["anomalies"]:
                yield f"flow {flow['id']}: complete {flow['complete']}, error {flow['error']}, anomalies {flow['anomalies']}"
        recorded = collections.Counter(exchange_of(flow) for flow in flows if flow["request"])
        served = collections.Counter(self.site.exchanges)
        if not served:
            yield "the origin was not asked"
        if client.browser:
            returned = {exchange.url.partition(":")[0] for exchange in served if (exchange.method, exchange.request) == ("POST", self.expected["get"])}
            yield from (f"{scheme}: the script got something else" for scheme in {"https", "http"} - returned)
        yield from (f"recorded, but not in the origin's log: {exchange}" for exchange in (recorded - served).elements())
        yield from (f"in the origin's log, but not recorded: {exchange}" for exchange in (served - recorded).elements())

    def flows(self, archive):
        result = subprocess.run([self.program("mitm-dump"), "-r", archive, "-o", "ndjson", "--bodies", "--raw-bodies"], env=self.environment,
                                capture_output=True, check=True, timeout=TIMEOUT)
        return [json.loads(line) for line in result.stdout.splitlines()]


def is_ours(flow):
    return bool(flow["server"]) and flow["server"]["host"] == NAME


def body_digest(message):
    body = (message or {}).get("body") or {"text": ""}
    return digest(body["text"].encode() if "text" in body else base64.b64decode(body["base64"]))


def exchange_of(flow):
    request, response = flow["request"], flow["response"]
    return Exchange(request["method"], request["url"], body_digest(request), response and response["status"], body_digest(response))


def version_of(client, environment):
    if not shutil.which(client.version[0]):
        return "-"
    result = subprocess.run(client.version, env=environment, capture_output=True, check=False)
    found = re.search(r"\d+(\.\d+)+", result.stdout.decode(errors="replace"))
    return found.group() if found else "-"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs")
    parser.add_argument("--modules", default=os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "mitmkit-test-clients"))
    parser.add_argument("--markdown", action="store_true", help="rows for README.md")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    namespace.enter({"127.0.0.1": ["localhost", NAME]})
    install_modules(options.modules)
    failed = False
    with tempfile.TemporaryDirectory(prefix="mitmkit-clients-", ignore_cleanup_errors=True) as directory:
        os.chmod(directory, 0o755)  # for apt's own user
        bench = Bench(os.path.abspath(options.programs), directory, options.modules)
        for client in clients(options.modules, bench.facts):
            if options.names and client.name not in options.names:
                continue
            started = time.monotonic()
            version = version_of(client, bench.environment)
            reason = client.missing(bench.environment)
            problems = [] if reason else bench.try_client(client)
            verdict = f"skipped: {reason}" if reason else "FAILED" if problems else f"exchanges alike: {len(bench.site.exchanges)}"
            if options.markdown:
                print(f"| {client.name} | {version} | {client.tls} | {client.told} | {verdict} |")
            else:
                print(f"{client.name:24} {version:16} {client.tls:10} {time.monotonic() - started:5.1f} s  {verdict}", flush=True)
            for problem in problems:
                print(f"    {problem}", flush=True)
            failed = failed or bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
