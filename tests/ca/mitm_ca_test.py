"""mitm-ca as its users see it: exit status, output, files and their modes."""

import os
import pty
import shutil
import ssl
import stat
import subprocess
import unittest

from ca_case import NOBODY, PROGRAM, Case, mode, tool


class Init(Case):
    def test_files_and_modes(self):
        result = self.succeed("init")
        self.assertEqual(self.files(), ["ca.key", "ca.pem"])
        self.assertEqual(mode(self.home), 0o700)
        self.assertEqual(mode(self.home / "ca.key"), 0o600)
        self.assertEqual(result.stdout, b"")
        self.assertIn(str(self.home / "ca.pem"), result.stderr.decode())
        self.assertIn("mitm-ca export", result.stderr.decode())

    def test_key_is_private_whatever_the_umask(self):
        self.succeed("init", umask=0)
        self.assertEqual(mode(self.home / "ca.key"), 0o600)
        self.assertEqual(mode(self.home), 0o700)

    def test_certificate_is_a_strict_root(self):
        self.succeed("init", "--name", "My CA", "--days", "30")
        pem = self.home / "ca.pem"
        self.openssl("verify", "-x509_strict", "-CAfile", pem, pem)
        text = self.openssl("x509", "-in", pem, "-noout", "-subject", "-ext", "basicConstraints,keyUsage")
        self.assertIn("CN = My CA", text)
        self.assertIn("CA:TRUE, pathlen:0", text)
        self.assertIn("Certificate Sign, CRL Sign", text)
        self.assertEqual(text.count("critical"), 2)
        self.openssl("x509", "-in", pem, "-checkend", 29 * 86400)
        with self.assertRaises(subprocess.CalledProcessError):
            self.openssl("x509", "-in", pem, "-checkend", 31 * 86400)

    def test_key_types(self):
        self.succeed("init", "--key", "rsa")
        self.assertIn("3072 bit", self.openssl("x509", "-in", self.home / "ca.pem", "-noout", "-text"))
        self.succeed("init", "--key", "ec", "--force")
        self.assertIn("prime256v1", self.openssl("x509", "-in", self.home / "ca.pem", "-noout", "-text"))

    def test_never_overwrites_unasked(self):
        self.succeed("init")
        before = self.pair()
        message = self.refuse(1, "init")
        self.assertIn("exists already", message)
        self.assertIn("hint: ", message)
        self.assertEqual(self.pair(), before)

    def test_force_replaces_both(self):
        self.succeed("init")
        before = self.pair()
        self.succeed("init", "--force")
        after = self.pair()
        self.assertNotEqual(before[0], after[0])
        self.assertNotEqual(before[1], after[1])
        public = self.openssl("x509", "-in", self.home / "ca.pem", "-noout", "-pubkey")
        self.assertEqual(public, self.openssl("pkey", "-in", self.home / "ca.key", "-pubout"))
        self.assertEqual(self.files(), ["ca.key", "ca.pem", "withdrawn"])

    def test_of_many_at_once_one_wins(self):
        environment = {**os.environ, "MITMKIT_HOME": str(self.home)}
        running = [
            subprocess.Popen([PROGRAM, "init"], env=environment, stderr=subprocess.PIPE) for _ in range(8)
        ]
        told = [(process.communicate()[1], process.returncode) for process in running]
        winners = [message for message, status in told if status == 0 and b"another process" not in message]
        self.assertEqual(len(winners), 1, told)
        # Who came while it was made uses it, who came later is told that there is one.
        for message, status in told:
            used = status == 0 and b"that one is used" in message
            told_of = status == 1 and b"exists already" in message
            self.assertTrue(message in winners or used or told_of, (message, status))
        self.succeed("show")

    def test_one_that_is_being_made_is_used(self):
        self.succeed("init")
        before = self.pair()
        os.rename(self.home / "ca.pem", self.home / ".ca.pem.new")
        self.assertIn(b"another process was making a CA, that one is used", self.succeed("init").stderr)
        self.assertEqual(self.pair(), before)
        os.rename(self.home / "ca.pem", self.home / ".ca.pem.new")
        self.refuse(1, "init", "--days", "9")

    def test_wrong_usage(self):
        for arguments in (["--days", "0"], ["--days", "x"], ["--days", "99999"], ["--name", ""],
                          ["--name", "x" * 65], ["--key", "dsa"]):
            self.refuse(2, "init", *arguments)
        self.assertFalse(self.home.exists())

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), "needs root, for a small disk")
    def test_full_disk(self):
        self.home.mkdir()
        script = ('mount -t tmpfs -o size=8k tmpfs "$0" && chmod 700 "$0" && { "$1" --home "$0" init --force; status=$?; '
                  'head -c 3000 /dev/zero >"$0/filler"; head -c 3500 /dev/zero >>"$0/filler"; "$1" --home "$0" init --force; '
                  'echo "$status $?"; "$1" --home "$0" show; ls -A "$0"; }')
        result = subprocess.run(["unshare", "-m", "sh", "-c", script, self.home, PROGRAM], capture_output=True)
        if b"mount:" in result.stderr:
            self.skipTest("cannot mount")
        self.assertIn(b"No space left on device", result.stderr)
        lines = result.stdout.decode().splitlines()
        self.assertEqual(lines[0], "0 1", result)
        self.assertIn("subject  ", result.stdout.decode())
        self.assertFalse([name for name in lines if name.startswith("ca.key.") or "XXXX" in name])

    def test_home_that_cannot_be_made(self):
        (self.folder / "file").write_text("x")
        self.refuse(1, "init", "--home", self.folder / "file" / "home")
        self.refuse(1, "init", "--home", self.folder / "file")


class Home(Case):
    def test_order(self):
        environment = {"MITMKIT_HOME": "", "XDG_DATA_HOME": str(self.folder / "xdg"), "HOME": str(self.folder / "user")}
        self.succeed("init", env=environment)
        self.assertTrue((self.folder / "xdg/mitmkit/ca.pem").is_file())
        environment["XDG_DATA_HOME"] = ""
        self.succeed("init", env=environment)
        self.assertTrue((self.folder / "user/.local/share/mitmkit/ca.pem").is_file())
        self.succeed("init", "--home", self.folder / "option")
        self.assertTrue((self.folder / "option/ca.pem").is_file())
        self.assertFalse(self.home.exists())


class Show(Case):
    def test_summary(self):
        self.succeed("init", "--name", "My CA")
        shown = dict(line.split(None, 1) for line in self.succeed("show").stdout.decode().splitlines())
        self.assertEqual(shown["subject"], "CN=My CA,O=mitmkit")
        self.assertEqual(shown["key"], "EC P-256")
        self.assertEqual(shown["permits"], "everything")
        self.assertTrue(shown["valid"].endswith(" (3649 days left)"), shown["valid"])
        self.assertEqual(shown["file"], str(self.home / "ca.pem"))
        for name, option in (("SHA-256", "-sha256"), ("SHA-1", "-sha1")):
            line = self.openssl("x509", "-in", self.home / "ca.pem", "-noout", "-fingerprint", option)
            self.assertEqual(shown[name], line.strip().split("=")[1])

    def test_text(self):
        self.succeed("init")
        text = self.succeed("show", "--text").stdout.decode()
        self.assertIn("X509v3 Basic Constraints: critical", text)

    def test_text_does_nothing_to_a_terminal(self):
        self.home.mkdir(mode=0o700)
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=x",
                     "-addext", "nsComment=\x1b[31mred", "-keyout", self.home / "ca.key", "-out", self.home / "ca.pem")
        text = self.succeed("show", "--text").stdout
        self.assertIn(b"\\x1b[31mred", text)
        self.assertNotIn(b"\x1b", text)

    def test_constraints(self):
        self.succeed("init", "--permit", "a.example", "--permit", "10.0.0.0/8")
        self.assertIn(b"\npermits  a.example, 10.0.0.0/8\n", self.succeed("show").stdout)

    def test_the_end_is_near(self):
        self.succeed("init", "--days", "29")
        message = self.succeed("show").stderr.decode()
        self.assertIn("warning: the CA expires on ", message)
        self.assertIn("mitm-ca rotate", message)

    def test_needs_no_key(self):
        self.succeed("init")
        (self.home / "ca.key").unlink()
        self.succeed("show")

    def test_no_ca(self):
        message = self.refuse(1, "show")
        self.assertIn(f"no CA in {self.home}", message)
        self.assertIn("mitm-ca init", message)
        self.assertFalse(self.home.exists())

    def test_damaged(self):
        self.home.mkdir()
        (self.home / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        self.refuse(1, "show")
        (self.home / "ca.pem").write_text("")
        self.assertIn("holds no certificate", self.refuse(1, "show"))

    def test_expired(self):
        self.home.mkdir()
        (self.folder / "index").touch()
        (self.folder / "conf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.folder}/index\nnew_certs_dir={self.folder}\n"
            "default_md=sha256\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n")
        request, key = self.folder / "request", self.folder / "key"
        self.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Old", "-keyout", key, "-out", request)
        self.openssl("ca", "-batch", "-selfsign", "-config", self.folder / "conf", "-keyfile", key, "-in", request,
                     "-startdate", "200101000000Z", "-enddate", "210101000000Z", "-out", self.home / "ca.pem", "-notext")
        result = self.succeed("show")
        self.assertIn(b"valid    2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z", result.stdout)
        self.assertIn(b"warning: the CA expired on 2021-01-01T00:00:00Z", result.stderr)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root, to be somebody else")
    def test_directory_of_somebody_else(self):
        self.succeed("init")
        self.folder.chmod(0o755)
        program = shutil.copy(PROGRAM, self.folder)
        for command in ("show", "init"):
            result = subprocess.run(
                ["setpriv", f"--reuid={NOBODY}", "--clear-groups", program, command, "--home", self.home],
                capture_output=True)
            self.assertEqual(result.returncode, 1)
            self.assertIn(b"Permission denied", result.stderr)


class Export(Case):
    def setUp(self):
        super().setUp()
        self.succeed("init")
        self.pem = (self.home / "ca.pem").read_text()

    def test_pem_to_stdout(self):
        self.assertEqual(self.succeed("export").stdout.decode(), self.pem)
        self.assertEqual(self.succeed("export", "-o", "-").stdout.decode(), self.pem)

    def test_der(self):
        der = self.succeed("export", "--format", "der").stdout
        self.assertEqual(ssl.DER_cert_to_PEM_cert(der), self.pem)

    def test_to_file(self):
        target = self.folder / "out.pem"
        self.succeed("export", "-o", target)
        self.assertEqual(target.read_text(), self.pem)
        self.assertEqual(mode(target), 0o644)
        target.write_text("old")
        self.succeed("export", "-o", target)
        self.assertEqual(target.read_text(), self.pem)

    def test_through_a_link(self):
        target, link = self.folder / "out.pem", self.folder / "link"
        target.write_text("old")
        link.symlink_to(target)
        self.succeed("export", "-o", link)
        self.assertTrue(link.is_symlink())
        self.assertEqual(target.read_text(), self.pem)

    def test_never_over_the_ca_itself(self):
        before = self.pair()
        link = self.folder / "link"
        link.symlink_to(self.home / "ca.key")
        for target in (self.home / "ca.key", self.home / "ca.pem", link):
            self.refuse(2, "export", "-o", target)
        self.assertEqual(self.pair(), before)

    def test_to_a_device(self):
        self.succeed("export", "-o", "/dev/null")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))

    def test_to_impossible_places(self):
        self.refuse(1, "export", "-o", self.folder)
        self.refuse(1, "export", "-o", self.folder / "none" / "x")

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            environment = {**os.environ, "MITMKIT_HOME": str(self.home)}
            result = subprocess.run([PROGRAM, "export"], stdout=full, stderr=subprocess.PIPE, env=environment)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"No space left on device", result.stderr)

    def test_der_not_to_a_terminal(self):
        ours, theirs = pty.openpty()
        environment = {**os.environ, "MITMKIT_HOME": str(self.home)}
        command = [PROGRAM, "export", "--format", "der"]
        result = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, env=environment)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"terminal", result.stderr)
        result = subprocess.run([PROGRAM, "export"], stdout=theirs, stderr=subprocess.PIPE, env=environment)
        self.assertEqual(result.returncode, 0)
        os.close(theirs)
        os.close(ours)

    def test_key_is_never_in_it(self):
        for form in ("pem", "der"):
            self.assertNotIn(b"PRIVATE", self.succeed("export", "--format", form).stdout)

    def p12(self):
        archive = self.folder / "out.p12"
        self.succeed("export", "--format", "p12", "-o", archive, env={"MITMKIT_P12_PASSWORD": "secret"})
        return archive

    def test_p12_opens_in_openssl(self):
        shown = self.openssl("pkcs12", "-in", self.p12(), "-passin", "pass:secret", "-info")
        self.assertIn(self.pem.split("\n")[1], shown)
        self.assertNotIn("PRIVATE", shown)

    @tool("keytool")
    def test_p12_is_trusted_by_java(self):
        listed = subprocess.run(["keytool", "-list", "-keystore", self.p12(), "-storepass", "secret"], capture_output=True)
        self.assertEqual(listed.returncode, 0, listed)
        self.assertIn(b"trustedCertEntry", listed.stdout)

    @tool("pk12util")
    def test_p12_opens_in_nss(self):
        listed = subprocess.run(["pk12util", "-l", self.p12(), "-W", "secret"], capture_output=True)
        self.assertEqual(listed.returncode, 0, listed)
        self.assertIn(b"O=mitmkit", listed.stdout.replace(b'"', b""))

    def test_android_name(self):
        name = self.openssl("x509", "-in", self.home / "ca.pem", "-noout", "-subject_hash_old").strip() + ".0"
        self.succeed("export", "--format", "android", "-o", self.folder)
        self.assertEqual((self.folder / name).read_text(), self.pem)
        self.succeed("export", "--format", "android", cwd=self.folder / "home")
        self.assertEqual((self.folder / "home" / name).read_text(), self.pem)
        told = self.refuse(2, "export", "--format", "android", "-o", self.folder / "nosuchdir")
        self.assertIn(f"Android looks for a file called {name}", told)
        self.assertFalse((self.folder / "nosuchdir").exists())
        result = self.succeed("export", "--format", "android", "-o", self.folder / name)
        self.assertIn(b"from Android 14 on", result.stderr)

    def test_passwords_of_what_has_none(self):
        secret = self.folder / "secret"
        secret.write_text("12345\n")
        self.refuse(2, "export", "--password-file", secret)
        result = self.succeed("export", "--format", "p12", "-o", self.folder / "x.p12", "--password-file", secret)
        self.assertIn(b"warning: the password is short: Java", result.stderr)

    def test_other_names_of_platforms(self):
        for name, same in (("ubuntu", "debian"), ("rhel", "fedora"), ("opensuse", "suse"), ("chromium", "nss")):
            self.assertEqual(self.succeed("export", "--for", name).stdout, self.succeed("export", "--for", same).stdout)
        shown = self.succeed("export", "--help").stdout.decode()
        for name in ("debian", "firefox", "freebsd", "alpine", "windows"):
            self.assertIn(name, shown)

    def test_a_line_for_root_needs_no_sudo(self):
        line = self.succeed("export", "--for", "debian").stdout.decode()
        programs, root = self.folder / "programs", self.folder / "root"
        programs.mkdir()
        root.mkdir()
        for name in ("tee", "cat", "update-ca-certificates", "id"):
            (programs / name).write_text(f'#!/bin/sh\necho {0 if name == "id" else name} "$@"\n' if name != "tee"
                                         else f"#!/bin/sh\nexec /bin/cat >{root}/written\n")
            (programs / name).chmod(0o755)
        (programs / "id").write_text("#!/bin/sh\necho ${USER_ID}\n")
        for user, sudo in (("0", False), ("7", True)):
            if sudo:
                (programs / "sudo").write_text(f'#!/bin/sh\necho "$1" >>{root}/sudo\nexec "$@"\n')
                (programs / "sudo").chmod(0o755)
            subprocess.run(["/bin/sh", "-c", line], check=True, capture_output=True, env={"PATH": str(programs), "USER_ID": user})
            self.assertEqual((root / "written").read_text(), self.pem)
            self.assertEqual((root / "sudo").exists(), sudo)

    def test_one_liner_does_what_it_says(self):
        line = self.succeed("export", "--for", "debian").stdout.decode()
        self.assertEqual(line.count("\n"), 1)
        first = line.split(" | ")[0]
        self.assertEqual(subprocess.run(["sh", "-c", first], capture_output=True, check=True).stdout.decode(), self.pem)
        self.refuse(2, "export", "--for", "debian", "--format", "der")


class Hints(Case):
    """Each ends in a command that does what it says when it is pasted into a shell."""

    def setUp(self):
        super().setUp()
        self.home = self.folder / "it's \"my\" $HOME"

    def run_ca(self, *arguments, **options):
        return super().run_ca("--home", self.home, *arguments, env={"MITMKIT_HOME": str(self.folder / "other")}, **options)

    def paste(self, message):
        command = message.rstrip().rpartition(": ")[2]
        environment = {**os.environ, "PATH": f"{os.path.dirname(PROGRAM)}:{os.environ['PATH']}"}
        return subprocess.run(["sh", "-c", command], cwd=self.folder, env=environment, capture_output=True, check=True)

    def test_no_ca(self):
        self.paste(self.refuse(1, "show"))
        self.succeed("show")

    def test_a_ca_that_is_there(self):
        told = self.succeed("init").stderr.decode()
        before = self.pair()
        self.paste(told)
        self.assertEqual((self.folder / "mitmkit.pem").read_bytes(), before[0])
        self.paste(self.refuse(1, "init"))
        self.assertNotEqual(self.pair(), before)
        (self.home / "ca.pem").unlink()
        self.paste(self.refuse(1, "show"))
        self.succeed("show")

    def test_a_certificate_that_others_can_write(self):
        self.succeed("init")
        (self.home / "ca.pem").chmod(0o666)
        self.assertIn("lets others replace", self.refuse(1, "show").splitlines()[0])
        self.paste(self.refuse(1, "export"))
        self.succeed("show")

    def test_the_usual_home_needs_no_naming(self):
        message = self.refuse(1, "show")
        self.assertIn("--home", message)
        self.home = self.folder / "other"
        self.assertNotIn("--home", self.refuse(1, "show"))


class Usage(Case):
    def test_unknown_words(self):
        self.refuse(2)
        self.refuse(2, "make")
        self.refuse(2, "show", "--force")

    def test_help_and_version(self):
        self.assertIn(b"mitm-ca init", self.succeed("--help").stdout)
        self.assertIn(b"--days", self.succeed("init", "--help").stdout)
        self.assertTrue(self.succeed("--version").stdout.startswith(b"mitm-ca "))


if __name__ == "__main__":
    unittest.main()
