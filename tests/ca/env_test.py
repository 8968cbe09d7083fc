"""mitm-ca env: what a shell exports when it evaluates the lines, and takes back."""

import os
import shutil
import subprocess
import unittest

from ca_case import NOBODY, PROGRAM, Case, tool

NAMES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "JAVA_TOOL_OPTIONS", "GIT_SSL_CAINFO")


class Environment(Case):
    def setUp(self):
        super().setUp()
        self.home = self.folder / "it's a $HOME"
        self.succeed("init", "--home", self.home)
        self.clean = {name: value for name, value in os.environ.items() if "CERT" not in name and "_CA" not in name and name not in NAMES}

    def evaluate(self, shell, *arguments, env=None):
        """The environment of a shell that evaluated what env prints."""
        words = " ".join(f'"{word}"' for word in [PROGRAM, "--home", "$CA_HOME", "env", "--shell", shell, *arguments])
        script = f"{words} | source; env -0" if shell == "fish" else f'eval "$({words})"; env -0'
        given = {**(env or self.clean), "CA_HOME": str(self.home)}
        result = subprocess.run([shell, "-c", script], capture_output=True, env=given, check=True)
        return dict(entry.split("=", 1) for entry in result.stdout.decode().split("\0") if "=" in entry)

    def check(self, shell):
        exported = self.evaluate(shell)
        ours = (self.home / "ca.pem").read_text()
        for name in NAMES:
            self.assertIn(str(self.home), exported[name], name)
        self.assertTrue(exported["MITMKIT_ENV_BEFORE"].startswith(f"{self.home}/trust"))
        with open(exported["SSL_CERT_FILE"], encoding="ascii") as bundle:
            self.assertTrue(bundle.read().startswith(ours))
        with open(exported["NODE_EXTRA_CA_CERTS"], encoding="ascii") as bundle:
            self.assertIn(ours, bundle.read())
        again = self.evaluate(shell, env=exported)
        self.assertEqual({name: again[name] for name in NAMES}, {name: exported[name] for name in NAMES})
        left = self.evaluate(shell, "--unset", env=exported)
        self.assertEqual([name for name, value in left.items() if str(self.home) in value], ["CA_HOME"])

    def test_sh(self):
        self.check("sh")

    @tool("dash")
    def test_dash(self):
        self.check("dash")

    @tool("ksh")
    def test_ksh(self):
        self.check("ksh")

    @tool("bash")
    def test_bash(self):
        self.check("bash")

    @tool("zsh")
    def test_zsh(self):
        self.check("zsh")

    @tool("fish")
    def test_fish(self):
        self.check("fish")

    def test_what_was_trusted_stays_trusted(self):
        corporate = self.folder / "corporate.pem"
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Corporate", "-keyout", os.devnull, "-out", corporate)
        exported = self.evaluate("sh", env={**self.clean, "REQUESTS_CA_BUNDLE": str(corporate), "JAVA_TOOL_OPTIONS": "-Dx=y"})
        with open(exported["REQUESTS_CA_BUNDLE"], encoding="ascii") as bundle:
            self.assertIn(corporate.read_text().strip(), bundle.read())
        with open(exported["SSL_CERT_FILE"], encoding="ascii") as bundle:
            self.assertNotIn(corporate.read_text().strip(), bundle.read())
        self.assertTrue(exported["JAVA_TOOL_OPTIONS"].startswith("-Dx=y "))

    def certificate(self, name):
        path = self.folder / f"{name}.pem"
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", os.devnull, "-out", path)
        return path

    def trusts(self, exported, variable, certificate):
        with open(exported[variable], encoding="utf-8") as bundle:
            return certificate.read_text().strip() in bundle.read()

    def test_what_programs_obeyed_in_place_of_their_own_variable_stays_trusted(self):
        corporate, folder = self.certificate("corporate"), self.folder / "certificates"
        folder.mkdir()
        shutil.copy(corporate, folder)
        for name, followers, others in (("SSL_CERT_FILE", ("CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"), ()),
                                        ("SSL_CERT_DIR", ("SSL_CERT_FILE", "CURL_CA_BUNDLE"), ()),
                                        ("CURL_CA_BUNDLE", ("REQUESTS_CA_BUNDLE", "PIP_CERT"), ("SSL_CERT_FILE", "GIT_SSL_CAINFO")),
                                        ("REQUESTS_CA_BUNDLE", ("PIP_CERT", "AWS_CA_BUNDLE"), ("CURL_CA_BUNDLE",))):
            exported = self.evaluate("sh", env={**self.clean, name: str(folder if name.endswith("DIR") else corporate)})
            for follower in followers:
                self.assertTrue(self.trusts(exported, follower, corporate), (name, follower))
            for other in others:
                self.assertFalse(self.trusts(exported, other, corporate), (name, other))

    def test_what_is_taken_back_is_ours_alone(self):
        corporate = self.certificate("corporate")
        before = {**self.clean, "SSL_CERT_FILE": str(corporate), "REQUESTS_CA_BUNDLE": str(self.certificate("other")),
                  "JAVA_TOOL_OPTIONS": "-Xmx64m -Dx=y"}
        for shell in ("sh", *(["fish"] if shutil.which("fish") else [])):
            left = self.evaluate(shell, "--unset", env=self.evaluate(shell, env=before))
            self.assertEqual({name: left.get(name) for name in NAMES}, {name: before.get(name) for name in NAMES})

    def test_of_several_homes_each_is_taken_back(self):
        """Also where one lies below the other, in the folder that the other's variables name."""
        before = {**self.clean, "CURL_CA_BUNDLE": str(self.certificate("corporate")), "PIP_CERT": "", "JAVA_TOOL_OPTIONS": "-Xmx64m"}
        names = (*NAMES, "PIP_CERT", "MITMKIT_ENV_BEFORE")
        outer = self.home
        once = self.evaluate("sh", env=before)
        for inner in (self.folder / "other", outer / "trust/below", outer / "trust"):
            self.home = inner
            self.succeed("init", "--home", inner)
            twice = self.evaluate("sh", env=once)
            self.assertEqual(os.path.dirname(twice["CURL_CA_BUNDLE"]), str(inner / "trust"))
            self.assertTrue(self.trusts(twice, "NODE_EXTRA_CA_CERTS", outer / "ca.pem"))
            back = self.evaluate("sh", "--unset", env=twice)
            self.assertEqual({name: back.get(name) for name in names}, {name: once.get(name) for name in names})
            self.home = outer
            below = self.evaluate("sh", "--unset", env=twice)
            self.home = inner
            for environment in (below, back):
                left = self.evaluate("sh", "--unset", env=environment)
                self.home = outer
                left = self.evaluate("sh", "--unset", env=left)
                self.assertEqual({name: left.get(name) for name in names}, {name: before.get(name) for name in names})

    @tool("java")
    @tool("javac")
    def test_java_whatever_the_home_is_called(self):
        source = self.folder / "Trusts.java"
        source.write_text("""
            import javax.net.ssl.*;
            public class Trusts {
              public static void main(String[] names) throws Exception {
                var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                factory.init((java.security.KeyStore) null);
                for (var one : ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers())
                  System.out.println(one.getSubjectX500Principal().getName());
              }
            }""", encoding="ascii")
        subprocess.run(["javac", "-d", self.folder, source], check=True)
        for name in ("it's", 'a"quote', "both ' and \"", "a  space", "a\ttab", "a\nline"):
            self.home = self.folder / name
            self.succeed("init", "--home", self.home, "--name", "Here")
            exported = self.evaluate("sh", env={**self.clean, "JAVA_TOOL_OPTIONS": "-Dx='y  z'"})
            seen = subprocess.run(["java", "-cp", self.folder, "Trusts"], capture_output=True, env=exported)
            self.assertIn(b"CN=Here,", seen.stdout, seen)
            left = self.evaluate("sh", "--unset", env=self.evaluate("sh", env=exported))
            self.assertEqual(left["JAVA_TOOL_OPTIONS"], "-Dx='y  z'")

    def test_one_shell_does_not_change_what_another_one_trusts(self):
        one, two = self.certificate("one"), self.certificate("two")
        first = self.evaluate("sh", env={**self.clean, "SSL_CERT_FILE": str(one)})
        second = self.evaluate("sh", env={**self.clean, "SSL_CERT_FILE": str(two)})
        self.assertTrue(self.trusts(first, "SSL_CERT_FILE", one))
        self.assertFalse(self.trusts(first, "SSL_CERT_FILE", two))
        self.assertTrue(self.trusts(second, "SSL_CERT_FILE", two))
        self.assertNotEqual(first["JAVA_TOOL_OPTIONS"], second["JAVA_TOOL_OPTIONS"])
        for path in (self.home / "trust").iterdir():
            os.utime(path, (0, 0))
        self.evaluate("sh", env={**self.clean, "SSL_CERT_FILE": str(two)})
        self.assertFalse(os.path.exists(first["SSL_CERT_FILE"]))  # for no shell was told of it for long
        self.assertTrue(os.path.exists(second["SSL_CERT_FILE"]))

    def test_shells_that_run_follow_a_rotate(self):
        corporate, empty = self.certificate("corporate"), self.folder / "empty"
        empty.mkdir()
        exported = self.evaluate("sh", env={**self.clean, "SSL_CERT_FILE": str(corporate)})
        old = self.home / "old.pem"
        shutil.copy(self.home / "ca.pem", old)
        self.succeed("--home", self.home, "rotate", "--root", empty)
        for variable in ("SSL_CERT_FILE", "CURL_CA_BUNDLE"):
            for certificate in (old, self.home / "ca.pem", corporate):
                self.assertTrue(self.trusts(exported, variable, certificate))
        again = self.evaluate("sh", env=exported)
        self.assertEqual({name: again[name] for name in NAMES}, {name: exported[name] for name in NAMES})

    def test_a_folder_that_others_can_write_is_not_used(self):
        self.evaluate("sh")
        (self.home / "trust").chmod(0o777)
        self.assertIn("lets others replace what is trusted", self.refuse(1, "--home", self.home, "env", "--shell", "sh"))

    def test_the_shell_of_the_user(self):
        for shell, line in (("/usr/bin/fish", b"set -gx SSL_CERT_FILE "), ("/bin/zsh", b"export SSL_CERT_FILE=")):
            self.assertTrue(self.succeed("--home", self.home, "env", env={"SHELL": shell}).stdout.startswith(line))
        self.assertIn("--shell", self.refuse(2, "--home", self.home, "env", env={"SHELL": "/bin/tcsh"}))
        self.refuse(2, "--home", self.home, "env", "--shell", "tcsh")

    def test_a_file_that_cannot_be_read_is_a_warning(self):
        result = self.succeed("--home", self.home, "env", "--shell", "sh", env={**self.clean, "CURL_CA_BUNDLE": "/no/such/file"})
        self.assertIn(b"warning: CURL_CA_BUNDLE: ", result.stderr)

    def test_npm_does_not_get_what_it_would_change(self):
        self.home = self.folder / "a ${HOME}"
        self.succeed("init", "--home", self.home)
        result = self.succeed("--home", self.home, "env", "--shell", "sh", env=self.clean)
        self.assertNotIn(b"npm_config_cafile=", result.stdout)
        self.assertIn(b"CURL_CA_BUNDLE=", result.stdout)
        self.assertIn(b"warning: npm_config_cafile is left out: npm would replace the ${...} in ", result.stderr)

    def test_no_ca(self):
        self.assertIn("no CA in", self.refuse(1, "--home", self.folder / "none", "env", "--shell", "sh"))

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root, to be somebody else")
    def test_a_home_that_cannot_be_written(self):
        self.folder.chmod(0o755)
        self.home.chmod(0o755)
        copy = shutil.copy(PROGRAM, self.folder / "mitm-ca")
        result = subprocess.run(["setpriv", f"--reuid={NOBODY}", "--clear-groups", copy, "--home", self.home, "env", "--shell", "sh"],
                                capture_output=True, env=self.clean)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"Permission denied", result.stderr)
        self.assertEqual(result.stdout, b"")


if __name__ == "__main__":
    unittest.main()
