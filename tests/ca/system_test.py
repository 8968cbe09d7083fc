"""mitm-ca install on a real system: this machine's own, or the one below MITM_SYSTEM. A namespace sees a copy that can be changed."""

import ctypes
import os
import subprocess
import unittest

from ca_case import Case
from stores_case import snapshot
from tls_server import Server

CLONE_NEWNS = 0x00020000
SYSTEM = os.environ.get("MITM_SYSTEM", "/")


def mount(*arguments):
    return subprocess.run(["mount", *map(str, arguments)], capture_output=True).returncode == 0


def setUpModule():
    """From here on this process sees mounts of its own."""
    if os.geteuid() != 0 or not os.path.exists(SYSTEM + "/usr/sbin/update-ca-certificates"):
        raise unittest.SkipTest("needs root and Debian's store")
    if ctypes.CDLL(None).unshare(CLONE_NEWNS) != 0 or not mount("--make-rprivate", "/"):
        raise unittest.SkipTest("needs a mount namespace")


class System(Case):
    def setUp(self):
        super().setUp()
        base, self.root = self.folder / "base", self.folder / "root"
        base.mkdir()
        self.root.mkdir()
        if not mount("-t", "tmpfs", "tmpfs", base):
            self.skipTest("needs tmpfs")
        self.addCleanup(subprocess.run, ["umount", "-R", base], capture_output=True)
        (base / "upper").mkdir()
        (base / "work").mkdir()
        if not mount("-t", "overlay", "overlay", "-o", f"lowerdir={SYSTEM},upperdir={base}/upper,workdir={base}/work", self.root):
            self.skipTest("needs overlayfs")
        self.addCleanup(subprocess.run, ["umount", "-R", self.root], capture_output=True)
        for name in ("proc", "dev"):
            mount("--rbind", f"/{name}", self.root / name)
        # Java's part is kept by a hook with an order of its own, and has tests of its own.
        hooks = self.root / "etc/ca-certificates/update.d"
        for hook in hooks.iterdir() if hooks.exists() else ():
            hook.unlink()
        self.inside("update-ca-certificates", "--fresh")
        self.succeed("init")
        self.succeed("issue", "localhost", "-o", self.folder / "server")

    def inside(self, *command):
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent"}
        return subprocess.run(["chroot", str(self.root), *command], capture_output=True, env=environment, timeout=60)

    def store(self, command):
        return self.succeed(command, "--root", self.root, "--store", "system").stdout.decode()

    def who_trusts(self):
        """What each client does, not what a file says."""
        with Server(self.folder / "server.pem", self.folder / "server-key.pem") as server:
            url = f"https://localhost:{server.port}/"
            script = f"import urllib.request; urllib.request.urlopen('{url}').read()"
            clients = {"curl": ["curl", "-q", "-sS", "--noproxy", "*", url],
                       "python3": ["/usr/bin/python3", "-c", script],
                       "openssl": ["openssl", "s_client", "-connect", f"localhost:{server.port}", "-verify_return_error",
                                   "-verify_hostname", "localhost"],
                       "wget": ["wget", "--no-proxy", "-q", "-O", "/dev/null", url]}
            present = {name: command for name, command in clients.items()
                       if (self.root / f"usr/bin/{name}").exists()}
            return {name: self.inside(*command).returncode == 0 for name, command in present.items()}

    def test_clients_trust_it_while_it_is_installed(self):
        before = snapshot(self.root / "etc/ssl", self.root / "usr/local/share/ca-certificates")
        self.assertNotIn(True, self.who_trusts().values())
        for _ in range(2):
            self.assertTrue(self.store("install").startswith("installed  system (Debian)"))
            trusting = self.who_trusts()
            self.assertIn("curl", trusting)
            self.assertNotIn(False, trusting.values(), trusting)
            after = snapshot(self.root / "etc/ssl")
            self.assertTrue(self.store("install").startswith("was there"))
            self.assertEqual(snapshot(self.root / "etc/ssl"), after)
            self.assertTrue(self.store("uninstall").startswith("removed"))
            self.assertEqual(snapshot(self.root / "etc/ssl", self.root / "usr/local/share/ca-certificates"), before)
            self.assertNotIn(True, self.who_trusts().values())
        self.assertTrue(self.store("uninstall").startswith("not there"))

    def test_what_an_interrupted_removal_left(self):
        self.store("install")
        for file in (self.root / "usr/local/share/ca-certificates").glob("mitmkit-*"):
            file.unlink()
        self.assertTrue(self.store("uninstall").startswith("removed"))
        self.assertNotIn(True, self.who_trusts().values())

    def test_the_one_liner(self):
        line = self.succeed("export", "--for", "debian").stdout.decode().replace("sudo ", "")
        self.assertEqual(self.inside("sh", "-c", line).returncode, 0)
        self.assertNotIn(False, self.who_trusts().values())
        self.assertTrue(self.store("install").startswith("was there"))
        self.assertTrue(self.store("uninstall").startswith("removed"))


if __name__ == "__main__":
    unittest.main()
