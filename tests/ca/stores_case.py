"""Stores for the tests of mitm-ca: laid-out systems whose commands do what a distribution's would."""

import os
import shutil
import stat
import subprocess

from ca_case import Case

# What a refresh comes to on every distribution: what counts is what came with it and what was added.
REFRESH = """#!/bin/sh
echo "$@" >>"$LOG"
root=$1; shift
[ ! -e "$root/broken" ] || { echo "$1: out of order" >&2; exit 7; }
cat "$root"/builtin.pem "$root/$ANCHORS"/* >"$root/$BUNDLE" 2>/dev/null
exit 0
"""


def snapshot(*folders):
    """Every file below with its content, mode and, of links, target."""
    seen = {}
    for folder in folders:
        for place, names, files in os.walk(folder):
            for name in names + files:
                path = os.path.join(place, name)
                mode = os.lstat(path).st_mode
                content = None
                if stat.S_ISLNK(mode):
                    content = os.readlink(path)
                elif stat.S_ISREG(mode):
                    with open(path, "rb") as file:
                        content = file.read()
                seen[path] = (mode, content)
    return seen


class Stores(Case):
    def setUp(self):
        super().setUp()
        self.user = self.folder / "user"
        self.user.mkdir()
        self.succeed("init", "--name", "Test CA")
        self.fingerprint = self.openssl("x509", "-in", self.home / "ca.pem", "-noout", "-fingerprint", "-sha256").strip().split("=")[1]
        self.short = self.fingerprint.replace(":", "").lower()[:12]

    def environment(self):
        return {"HOME": str(self.user), "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "", "JAVA_HOME": "", "SUDO_USER": ""}

    def stores(self, command, *arguments, env=None, **options):
        """Never without a root or a kind of store, or it would be this machine that changes."""
        self.assertTrue("--root" in arguments or "nss" in arguments)
        return self.run_ca(command, *arguments, env={**self.environment(), **(env or {})}, **options)

    def expect(self, word, command, *arguments, **options):
        result = self.stores(command, *arguments, **options)
        self.assertEqual(result.returncode, 0, result)
        lines = result.stdout.decode().splitlines()
        self.assertTrue(lines and all(line.startswith(word + " ") for line in lines), result)
        return lines


class LaidOut(Stores):
    LAYOUTS = {
        "Debian": ("usr/local/share/ca-certificates", ".crt", "etc/ssl/certs/ca-certificates.crt", "update-ca-certificates"),
        "Fedora": ("etc/pki/ca-trust/source/anchors", ".pem", "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "update-ca-trust extract"),
        "Arch": ("etc/ca-certificates/trust-source/anchors", ".crt", "etc/ca-certificates/extracted/tls-ca-bundle.pem", "trust extract-compat"),
        "SUSE": ("etc/pki/trust/anchors", ".pem", "var/lib/ca-certificates/ca-bundle.pem", "update-ca-certificates"),
    }

    def lay_out(self, name):
        anchors, self.suffix, bundle, self.command = self.LAYOUTS[name]
        self.root = self.folder / name
        self.anchors, self.bundle = self.root / anchors, self.root / bundle
        self.anchors.mkdir(parents=True)
        self.bundle.parent.mkdir(parents=True, exist_ok=True)
        builtin = self.root / "builtin.pem"
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Builtin", "-keyout", os.devnull, "-out", builtin)
        shutil.copy(builtin, self.bundle)
        shutil.copy(builtin, self.anchors / f"company{self.suffix}")
        programs = self.folder / "programs"
        programs.mkdir(exist_ok=True)
        (programs / "chroot").write_text(REFRESH)
        (programs / "chroot").chmod(0o755)
        self.log = self.folder / "log"
        self.log.write_text("")
        subprocess.run([programs / "chroot", self.root], check=True, env={**os.environ, **self.environment()})
        self.log.write_text("")

    def environment(self):
        environment = super().environment()
        if hasattr(self, "root"):
            environment.update(ANCHORS=str(self.anchors.relative_to(self.root)), BUNDLE=str(self.bundle.relative_to(self.root)),
                               LOG=str(self.log), PATH=f"{self.folder}/programs:{os.environ['PATH']}")
        return environment
