"""mitm-record --user: what is root's before, and nobody's afterwards."""

import os
import pwd
import signal
import socket
import subprocess
import sys
import unittest

from harness import TIMEOUT, Case, Origin, Pki, answering, program, wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
NOBODY = pwd.getpwnam("nobody")
CAP_NET_ADMIN = 1 << 12


def low_port():
    for port in range(600, 1000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    raise AssertionError("no port below 1024 is free")


class Dropping(Case):
    def setUp(self):
        super().setUp()
        # What only root can open lies beside a folder that is the user's.
        os.chmod(self.dir, 0o711)
        self.folder = self.path("theirs")
        os.mkdir(self.folder)
        os.chown(self.folder, NOBODY.pw_uid, NOBODY.pw_gid)
        self.archive = os.path.join(self.folder, "a.flowz")
        self.pki = Pki(self)
        self.origin = Origin(self, answering(OK), self.pki.context())

    def start(self, *arguments, user="nobody"):
        return self.record("--upstream-ca", self.pki.ca, "--user", user, *arguments)

    def fetch(self, recorder):
        result = self.curl(recorder, f"https://localhost:{self.origin.port}/")
        self.assertEqual(result.stdout, b"hello", (result.stderr, recorder.stderr()))

    def threads(self, recorder):
        """What /proc says of each thread."""
        folder = f"/proc/{recorder.process.pid}/task"
        found = []
        for thread in os.listdir(folder):
            try:
                with open(f"{folder}/{thread}/status", encoding="ascii") as file:
                    found.append(dict(line.rstrip("\n").split(":", 1) for line in file))
            except (FileNotFoundError, ProcessLookupError):  # it has ended
                pass
        return found

    def expect_nobody(self, recorder, gid=NOBODY.pw_gid):
        for status in self.threads(recorder):
            self.assertEqual(set(status["Uid"].split()), {str(NOBODY.pw_uid)})
            self.assertEqual(set(status["Gid"].split()), {str(gid)})
            self.assertEqual(set(status["Groups"].split()), {str(gid)})

    def capabilities(self, recorder):
        return {int(status[name], 16) for status in self.threads(recorder) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")}

    def expect_owner(self, path, uid=NOBODY.pw_uid):
        self.assertEqual((os.stat(path).st_uid, os.stat(path).st_mode & 0o777), (uid, 0o600), path)

    def hang_up(self, recorder):
        before = recorder.stderr().count("goes on in")
        recorder.process.send_signal(signal.SIGHUP)
        wait_for(lambda: recorder.stderr().count("goes on in") > before or "error" in recorder.stderr(), "the next file")
        self.assertNotIn("error", recorder.stderr())

    def test_ports_keys_and_output_are_opened_by_root_and_used_by_nobody(self):
        archive, keys = self.path("a.flowz"), self.path("keys")
        recorder = self.start("-w", archive, "--keylog", keys, "-m", f"explicit@127.0.0.1:{low_port()}")
        self.fetch(recorder)
        self.expect_nobody(recorder)
        self.assertEqual(self.capabilities(recorder), {0})
        self.assertEqual(recorder.stop(), 0, recorder.stderr())
        for path in (archive, keys):
            self.expect_owner(path)
            self.assertGreater(os.path.getsize(path), 0)
        self.assertEqual(len(self.dump("-r", archive)), 1)
        self.assertEqual(os.stat(os.path.join(self.home, "ca.key")).st_uid, 0)

    def test_who_is_told_that_it_is_ready_finds_the_user(self):
        for _ in range(5):
            os.makedirs(self.path("roots"), mode=0o700, exist_ok=True)
            ready = self.path("roots/ready")
            with open(ready, "w", encoding="ascii") as file:
                file.write("of an earlier run\n")
            command = [program("mitm-record"), "-l", "127.0.0.1:0", "--user", "nobody", "--ready-file", ready]
            with subprocess.Popen(command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
                for line in process.stderr:
                    if b"listening on" in line:
                        break
                with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                    self.assertIn(f"Uid:\t{NOBODY.pw_uid}\t", file.read())
                wait_for(lambda: os.path.exists(ready), "the file")
                with open(ready, encoding="ascii") as file:
                    self.assertRegex(file.read(), r"^explicit 127\.0\.0\.1:\d+\n$")
                process.terminate()
                self.assertEqual(process.wait(TIMEOUT), 0)

    def test_a_folder_in_which_they_cannot_make_the_next_file_is_refused(self):
        os.mkdir(self.path("roots"))
        archive = self.path("roots/a.flowz")
        with open(archive, "wb") as file:
            file.write(b"earlier")
        result = self.run_program("mitm-record", "-w", archive, "-C", "1", "-l", "127.0.0.1:0", "--user", "nobody")
        self.assertEqual(result.returncode, 2)
        self.assertIn(f"rotation: nobody must not make files in {self.path('roots')}".encode(), result.stderr)
        self.assertIn(f"chown nobody {self.path('roots')}".encode(), result.stderr)
        with open(archive, "rb") as file:
            self.assertEqual(file.read(), b"earlier")

    def test_where_they_rule_the_way_they_open_it(self):
        os.mkdir(self.path("roots"), mode=0o700)
        os.symlink(self.path("roots"), os.path.join(self.folder, "sub"))
        os.symlink(os.path.join(self.folder, "sub"), self.path("through"))
        for way in (os.path.join(self.folder, "sub/a"), self.path("through/a"), self.path("theirs/../theirs/sub/a")):
            for option in ("-w", "--keylog", "--ready-file"):
                with self.subTest(way=way, option=option):
                    result = self.run_program("mitm-record", option, way, "-l", "127.0.0.1:0", "--user", "nobody")
                    self.assertEqual(result.returncode, 1)
                    self.assertIn(b"Permission denied", result.stderr)
        self.assertEqual(os.listdir(self.path("roots")), [])

    def test_files_that_follow_are_the_users(self):
        script = os.path.join(self.folder, "script")
        with open(script, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\nid -u >>{self.folder}/ids\n')
        os.chmod(script, 0o755)
        recorder = self.start("-w", self.archive, "-C", "100", "-z", script)
        self.fetch(recorder)
        self.hang_up(recorder)
        self.fetch(recorder)
        self.assertEqual(recorder.stop(), 0, recorder.stderr())
        for path in (self.archive, self.archive + "1"):
            self.expect_owner(path)
            self.assertEqual(len(self.dump("-r", path)), 1)
        with open(os.path.join(self.folder, "ids"), encoding="ascii") as file:
            self.assertEqual(file.read().split(), [str(NOBODY.pw_uid)] * 2)

    def test_files_that_were_moved_away_are_opened_again_as_the_user(self):
        keys = os.path.join(self.folder, "keys")
        recorder = self.start("-w", self.archive, "--keylog", keys)
        self.fetch(recorder)
        for path in (self.archive, keys):
            os.rename(path, path + ".1")
        self.hang_up(recorder)
        self.fetch(recorder)
        self.assertEqual(recorder.stop(), 0, recorder.stderr())
        for path in (self.archive, keys, self.archive + ".1", keys + ".1"):
            self.expect_owner(path)

    def test_a_killed_recording_of_root_is_gone_on_with(self):
        recorder = self.record("-w", self.archive, "--upstream-ca", self.pki.ca)
        self.fetch(recorder)
        wait_for(lambda: b"200" in self.run_program("mitm-dump", "-r", self.archive).stdout, "the flow to be flushed")
        recorder.kill()
        self.expect_owner(self.archive, 0)
        recorder = self.start("-w", self.archive, "--append")
        self.fetch(recorder)
        self.assertEqual(recorder.stop(), 0, recorder.stderr())
        self.expect_owner(self.archive)
        self.assertEqual(len(self.dump("-r", self.archive)), 2)

    def test_marks_need_one_capability_which_commands_do_not_get(self):
        recorder = self.start("-w", self.archive, "--mark", "1")
        self.fetch(recorder)
        self.expect_nobody(recorder)
        # Threads of before have none; those that connect have it.
        self.assertEqual(self.capabilities(recorder), {0, CAP_NET_ADMIN})
        self.assertEqual(recorder.stop(), 0, recorder.stderr())
        self.assertEqual(len(self.dump("-r", self.archive)), 1)
        command = [program("mitm-record"), "-q", "-w", self.archive, "--mark", "1", "--user", "nobody", "--", "grep", "Cap", "/proc/self/status"]
        result = subprocess.run(command, env=self.env, capture_output=True, timeout=TIMEOUT, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        seen = dict(line.split(":\t") for line in result.stdout.decode().splitlines())
        for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            self.assertEqual(int(seen[name], 16), 0, name)

    def test_a_command_runs_as_the_user_and_trusts_us(self):
        script = f'id -u; id -g; id -G; echo "$HOME $USER $LOGNAME"; curl -sS https://localhost:{self.origin.port}/'
        command = [program("mitm-record"), "-q", "-w", self.archive, "--upstream-ca", self.pki.ca, "--user", "nobody:daemon", "--", "sh", "-c", script]
        result = subprocess.run(command, env=self.env, capture_output=True, timeout=TIMEOUT, check=False, cwd="/")
        daemon = str(pwd.getpwnam("daemon").pw_gid)
        self.assertEqual(result.stdout.decode().splitlines(), [str(NOBODY.pw_uid), daemon, daemon, f"{NOBODY.pw_dir} nobody nobody", "hello"],
                         result.stderr)
        self.assertEqual((result.returncode, result.stderr.count(b"\n")), (0, 1), result.stderr)  # a CA was made
        self.assertEqual(len(self.dump("-r", self.archive)), 1)

    def test_a_group_can_be_chosen(self):
        recorder = self.start("-w", self.archive, user="nobody:daemon")
        self.fetch(recorder)
        self.expect_nobody(recorder, pwd.getpwnam("daemon").pw_gid)
        self.assertEqual(recorder.stop(), 0, recorder.stderr())

    def test_numbers_do_for_names(self):
        script = 'id -u; id -g; id -G; echo "$HOME"'
        for user, expected in (
            (f"{NOBODY.pw_uid}", [str(NOBODY.pw_uid), str(NOBODY.pw_gid), str(NOBODY.pw_gid), NOBODY.pw_dir]),
            ("4242:4343", ["4242", "4343", "4343", "/"]),
        ):
            with self.subTest(user):
                result = self.run_program("mitm-record", "-q", "-w", self.path(user), "--user", user, "--", "sh", "-c", script)
                self.assertEqual((result.returncode, result.stdout.decode().split()), (0, expected), result.stderr)
                self.assertEqual(os.stat(self.path(user)).st_uid, int(expected[0]))

    def test_a_link_is_not_given_away(self):
        target = self.path("important")
        with open(target, "w", encoding="ascii"):
            pass
        os.chmod(target, 0o644)
        for link in (os.symlink, os.link):
            link(target, self.archive)
            result = self.run_program("mitm-record", "-w", self.archive, "-l", "127.0.0.1:0", "--user", "nobody")
            self.assertEqual(result.returncode, 2)
            self.assertIn(b"is a link, and what it leads to is not given away", result.stderr)
            found = os.stat(target)
            self.assertEqual((found.st_uid, found.st_size, found.st_mode & 0o777), (0, 0, 0o644))
            os.unlink(self.archive)

    def test_a_link_to_nothing_makes_nothing(self):
        target = self.path("nothing")
        for option in ("-w", "--keylog"):
            os.symlink(target, self.path("link"))
            result = self.run_program("mitm-record", option, self.path("link"), "-l", "127.0.0.1:0", "--user", "nobody")
            self.assertEqual(result.returncode, 2)
            self.assertIn(b"is a link, and what it leads to is not given away", result.stderr)
            self.assertFalse(os.path.lexists(target))
            os.unlink(self.path("link"))


class Names(Case):
    def refused(self, user, prefix=(), env=None):
        result = subprocess.run([*prefix, program("mitm-record"), "-l", "127.0.0.1:0", "--user", user], env=env or self.env,
                                capture_output=True, timeout=TIMEOUT, check=False)
        self.assertEqual(result.returncode, 2, result.stderr)
        return result.stderr.decode()

    def test_names_that_nobody_has_are_refused(self):
        self.assertIn("error: --user: there is no user 'no-such-user'", self.refused("no-such-user"))
        self.assertIn("error: --user: there is no group 'no-such-group'", self.refused("nobody:no-such-group"))
        self.assertIn("error: --user: there is no group ''", self.refused("nobody:"))
        self.assertIn("error: --user: there is no user ''", self.refused(""))
        self.assertIn("error: --user: there is no user '4294967295'", self.refused("4294967295"))
        said = self.refused("4242")
        self.assertIn("error: --user: user 4242 is not in passwd(5), so has no group", said)
        self.assertIn("hint: write --user 4242:GROUP", said)

    def test_who_is_not_root_can_name_only_themselves(self):
        os.chmod(self.dir, 0o711)
        home = self.path("theirs")
        os.mkdir(home)
        os.chown(home, NOBODY.pw_uid, NOBODY.pw_gid)
        self.env["MITMKIT_HOME"] = os.path.join(home, "ca")
        nobody = ["setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={NOBODY.pw_gid}", "--clear-groups"]
        said = self.refused("daemon", nobody)
        self.assertIn("error: --user daemon: only root can become somebody else", said)
        self.assertIn("error: --user nobody:daemon: only root can become somebody else", self.refused("nobody:daemon", nobody))
        command = [*nobody, program("mitm-record"), "-q", "-w", os.path.join(home, "a.flowz"), "--user", "nobody", "--", "id", "-u"]
        result = subprocess.run(command, env=self.env, capture_output=True, timeout=TIMEOUT, check=False)
        self.assertEqual((result.returncode, result.stdout), (0, b"%d\n" % NOBODY.pw_uid), result.stderr)

    def test_root_stays_root_without_it(self):
        result = self.run_program("mitm-record", "-q", "-w", self.path("a.flowz"), "--", "id", "-u")
        self.assertEqual((result.returncode, result.stdout, b"warning" in result.stderr), (0, b"0\n", False))


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: only root can become somebody else")
        sys.exit(77)
    unittest.main()
