"""SIGHUP, as logrotate(8) sends it: files that were moved away are complete, and nothing is lost between them."""

import collections
import glob
import os
import pty
import signal
import ssl
import subprocess
import threading
import time
import unittest

from harness import TIMEOUT, Case, Origin, Pki, answering, program, read_all, read_head, wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def for_ever(connection):
    while read_head(connection):
        connection.sendall(OK)


class Reopening(Case):
    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")
        self.origin = Origin(self, for_ever)

    def fetch(self, recorder, name):
        result = self.curl(recorder, f"http://127.0.0.1:{self.origin.port}/{name}")
        self.assertEqual(result.stdout, b"hello", result.stderr)

    def hang_up(self, recorder, says="the recording goes on in "):
        """SIGHUP, until it has been said `says` once more."""
        before = recorder.stderr().count(says)
        recorder.process.send_signal(signal.SIGHUP)
        wait_for(lambda: recorder.stderr().count(says) > before or recorder.process.poll() is not None, says)
        self.assertIsNone(recorder.process.poll(), recorder.stderr())

    def stop(self, recorder):
        self.assertEqual(recorder.stop(), 0, recorder.stderr())
        self.assertNotIn("error", recorder.stderr())
        self.assertNotIn("warning", recorder.stderr())

    def check(self, path):
        result = self.run_program("mitm-dump", "-r", path, "--check")
        self.assertEqual(result.returncode, 0, (path, result.stdout, result.stderr))

    def names(self, *paths):
        """The last parts of the URLs of all flows, of which each must be whole."""
        flows = self.dump(*[word for path in paths for word in ("-r", path)])
        for flow in flows:
            self.assertTrue(flow["complete"], flow)
        return [flow["request"]["url"].rpartition("/")[2] for flow in flows]


class Files(Reopening):
    def keep_asking(self, recorder, label, over, secure=None):
        """Requests over one connection after the other, several on each; how many were answered."""
        asked = 0
        while not over.is_set():
            connection = recorder.tunnel("localhost" if secure else "127.0.0.1", secure[0] if secure else self.origin.port)
            if secure:
                connection = secure[1].wrap_socket(connection, server_hostname="localhost")
            with connection:
                # A client that breaks off before its first request is a flow of its own.
                for number in range(20):
                    if number > 0 and over.is_set():
                        break
                    connection.sendall(b"GET /%s-%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % (label.encode(), asked))
                    self.assertEqual(read_head(connection)[:12], b"HTTP/1.1 200")
                    self.assertEqual(connection.recv(5), b"hello")
                    asked += 1
        return asked

    def test_moved_away_ten_times_under_traffic_every_flow_is_there_once(self):
        pki = Pki(self)
        secure_origin = Origin(self, for_ever, pki.context())
        recorder = self.record("-w", self.archive, "--upstream-ca", pki.ca)
        secure = (secure_origin.port, ssl.create_default_context(cafile=self.ca))
        over = threading.Event()
        answered = {}

        def client(label, secure):
            answered[label] = self.keep_asking(recorder, label, over, secure)

        clients = [threading.Thread(target=client, args=(label, secure if label[0] == "s" else None))
                   for label in ("p1", "p2", "s1", "s2")]
        for thread in clients:
            thread.start()
        moved = []
        for number in range(10):
            time.sleep(0.3)
            moved.append(self.path(f"moved{number}.flowz"))
            os.rename(self.archive, moved[-1])
            self.hang_up(recorder)
            # It is over by now, and can be read while the recording goes on.
            self.check(moved[-1])
        over.set()
        for thread in clients:
            thread.join()
        self.stop(recorder)
        files = [*moved, self.archive]
        for path in files:
            self.check(path)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        expected = [f"{label}-{number}" for label, count in answered.items() for number in range(count)]
        self.assertEqual(len(answered), 4)
        self.assertEqual(collections.Counter(self.names(*files)), collections.Counter(expected))
        # Each alone tells of the connections that it continues.
        for path in files[1:]:
            for flow in self.dump("-r", path):
                self.assertEqual(flow["client"]["address"], "127.0.0.1")

    def test_a_file_that_is_still_there_is_gone_on_with(self):
        recorder = self.record("-w", self.archive)
        for number in range(4):
            self.fetch(recorder, number)
            self.hang_up(recorder)
            self.assertEqual(os.listdir(self.dir).count("a.flowz"), 1)
        self.fetch(recorder, 4)
        self.stop(recorder)
        self.check(self.archive)
        self.assertEqual(self.names(self.archive), list("01234"))

    def test_a_flow_that_spans_files_is_whole_in_all_of_them(self):
        go_on = threading.Event()
        self.addCleanup(go_on.set)

        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nfirst")
            go_on.wait(TIMEOUT)
            connection.sendall(b"after")

        origin = Origin(self, serve)
        for moves in (True, False):
            go_on.clear()
            recorder = self.record("-w", self.archive)
            with recorder.connect() as client:
                client.sendall(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (origin.port, origin.port))
                read_head(client)
                if moves:
                    os.rename(self.archive, self.path("old"))
                self.hang_up(recorder)
                go_on.set()
                self.assertEqual(read_all(client), b"firstafter")
            self.stop(recorder)
            files = [self.path("old"), self.archive] if moves else [self.archive]
            inputs = [word for path in files for word in ("-r", path)]
            (flow,) = self.dump(*inputs)
            self.assertTrue(flow["complete"])
            body = self.run_program("mitm-dump", *inputs, "--flow", flow["id"], "--body", "response")
            self.assertEqual(body.stdout, b"firstafter", body.stderr)

    def test_a_file_that_was_prepared_or_holds_a_recording_is_appended_to(self):
        recorder = self.record("-w", self.archive)
        self.fetch(recorder, "a")
        os.rename(self.archive, self.path("one"))
        with open(self.archive, "w", encoding="ascii"):
            pass
        self.hang_up(recorder)
        self.fetch(recorder, "b")
        os.rename(self.archive, self.path("two"))
        os.rename(self.path("one"), self.archive)
        self.hang_up(recorder)
        self.fetch(recorder, "c")
        self.stop(recorder)
        self.assertEqual(self.names(self.path("two")), ["b"])
        self.assertEqual(self.names(self.archive), ["a", "c"])

    def test_where_it_cannot_be_opened_the_old_file_goes_on(self):
        folder = self.path("folder")
        os.mkdir(folder)
        archive = os.path.join(folder, "a.flowz")
        recorder = self.record("-w", archive)
        self.fetch(recorder, "a")
        os.rename(folder, self.path("gone"))
        self.hang_up(recorder, f"error: open {archive}: No such file or directory")
        wait_for(lambda: "hint: the recording goes on in the file that it is in" in recorder.stderr(), "the hint")
        self.fetch(recorder, "b")
        with open(self.path("no-recording"), "w", encoding="ascii") as file:
            file.write("something else\n" * 100)
        os.mkdir(folder)
        os.rename(self.path("no-recording"), archive)
        self.hang_up(recorder, "error: ")
        self.fetch(recorder, "c")
        self.assertEqual(recorder.stop(), 0, recorder.stderr())
        old = os.path.join(self.path("gone"), "a.flowz")
        self.check(old)
        self.assertEqual(self.names(old), list("abc"))
        with open(archive, encoding="ascii") as file:
            self.assertEqual(file.read(), "something else\n" * 100)

    def test_who_follows_goes_on_with_it(self):
        for moves in (True, False):
            recorder = self.record("-w", self.archive)
            with open(self.path("followed"), "wb") as out:
                follower = subprocess.Popen([program("mitm-dump"), "-f", "-r", self.archive, "-o", "ndjson"], env=self.env, stdout=out)
            self.addCleanup(lambda follower=follower: follower.poll() is None and follower.kill())
            self.fetch(recorder, "a")
            wait_for(lambda: os.path.getsize(self.path("followed")) > 0, "the first flow")
            if moves:
                os.rename(self.archive, self.path("old"))
            self.hang_up(recorder)
            self.fetch(recorder, "b")
            self.stop(recorder)
            self.assertEqual(follower.wait(TIMEOUT), 0)
            with open(self.path("followed"), "rb") as out:
                lines = out.read().splitlines()
            self.assertEqual([b"/a" in lines[0], b"/b" in lines[1], len(lines)], [True, True, 2])

    def test_secrets_go_on_in_a_new_file(self):
        pki = Pki(self)
        origin = Origin(self, answering(OK), pki.context())
        log = self.path("keys")
        recorder = self.record("-w", self.archive, "--upstream-ca", pki.ca, "--keylog", log)

        def fetch():
            result = self.curl(recorder, f"https://localhost:{origin.port}/")
            self.assertEqual(result.stdout, b"hello", result.stderr)

        fetch()
        os.rename(log, log + ".1")
        self.hang_up(recorder)
        wait_for(lambda: os.path.exists(log), "the new file")
        fetch()
        self.stop(recorder)
        secrets = []
        for path in (log + ".1", log):
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            with open(path, encoding="ascii") as file:
                secrets.append([line for line in file if line.startswith("CLIENT_TRAFFIC_SECRET_0")])
        self.assertEqual([len(lines) for lines in secrets], [2, 2])
        self.assertFalse(set(secrets[0]) & set(secrets[1]))

    def test_secrets_do_not_follow_a_link_to_what_is_ours(self):
        log = self.path("keys")
        recorder = self.record("-w", self.archive, "--keylog", log)
        key = os.path.join(self.home, "ca.key")
        with open(key, "rb") as file:
            before = file.read()
        for target, said in ((key, "is the CA itself"), (self.archive, "is for something else")):
            os.rename(log, log + ".1")
            os.symlink(target, log)
            self.hang_up(recorder, said)
            os.unlink(log)
            os.rename(log + ".1", log)
        with open(key, "rb") as file:
            self.assertEqual(file.read(), before)
        self.fetch(recorder, "a")
        self.assertEqual(recorder.stop(), 0)
        self.check(self.archive)

    def test_what_cannot_be_reopened_is_left_alone(self):
        for arguments, said in ((["-w", "-"], "SIGHUP: what is written cannot be opened again"),
                                ([], "SIGHUP: flows are printed, not written to a file")):
            recorder = self.record(*arguments)
            self.fetch(recorder, "a")
            self.hang_up(recorder, said)
            self.fetch(recorder, "b")
            self.stop(recorder)
            if arguments:
                self.check(recorder.stdout_path)
                self.assertEqual(self.names(recorder.stdout_path), list("ab"))
            self.assertFalse(os.path.exists("-"))


class Rotating(Reopening):
    def script(self):
        path = self.path("script")
        with open(path, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\necho "$1" >>{self.path("closed")}\n')
        os.chmod(path, 0o700)
        return path

    def closed(self):
        with open(self.path("closed"), encoding="ascii") as file:
            return file.read().split()

    def test_the_next_file_is_begun_and_the_closed_one_handed_over(self):
        recorder = self.record("-w", self.archive, "-C", "100", "-z", self.script())
        self.fetch(recorder, "a")
        self.hang_up(recorder, f"the recording goes on in {self.archive}1\n")
        self.fetch(recorder, "b")
        os.rename(self.archive + "1", self.path("moved"))
        self.hang_up(recorder, f"the recording goes on in {self.archive}2\n")
        self.fetch(recorder, "c")
        self.stop(recorder)
        files = [self.archive, self.path("moved"), self.archive + "2"]
        for path in files:
            self.check(path)
        self.assertEqual([self.names(path) for path in files], [["a"], ["b"], ["c"]])
        self.assertEqual(sorted(self.closed()), sorted(files))

    def test_names_by_time_are_numbered_within_their_interval(self):
        recorder = self.record("-w", self.path("cap-%Y.flowz"), "-G", "86400")
        for name in "abc":
            self.fetch(recorder, name)
            self.hang_up(recorder)
        self.stop(recorder)
        files = sorted(glob.glob(self.path("cap-*")))
        self.assertEqual(len(files), 4)
        self.assertEqual([self.names(path) for path in files], [["a"], ["b"], ["c"], []])

    def test_a_ring_of_one_file_keeps_what_is_there(self):
        recorder = self.record("-w", self.archive, "-C", "100", "-W", "1", "-z", self.script())
        self.fetch(recorder, "a")
        self.hang_up(recorder)
        self.fetch(recorder, "b")
        self.stop(recorder)
        self.assertEqual(self.names(self.archive), list("ab"))
        self.assertEqual(self.closed(), [self.archive])


class Terminal(Reopening):
    """What tells the end of a terminal from somebody's kill -HUP."""

    def in_terminal(self, shell):
        """Runs a shell command in a terminal of its own; its end, and the shell's process."""
        pid, master = pty.fork()
        if pid == 0:
            os.execve("/bin/bash", ["bash", "--norc", *shell], self.env)
        self.addCleanup(self.end, pid, master)
        return pid, master

    def end(self, pid, master):
        for undo in (lambda: os.close(master), lambda: os.kill(pid, signal.SIGKILL), lambda: os.waitpid(pid, 0)):
            try:
                undo()
            except (OSError, ChildProcessError):
                pass

    def command(self):
        return (f"{program('mitm-record')} -w {self.archive} -l 127.0.0.1:0 --ready-file {self.path('ready')} "
                f"--drain 0.2 2>{self.path('err')}")

    def ready(self):
        wait_for(lambda: os.path.exists(self.path("ready")), "mitm-record to listen")

    def pid_of_recorder(self):
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if words[0].endswith(b"/mitm-record") and self.archive.encode() in words:
                return int(name)
        return None

    def said(self):
        with open(self.path("err"), encoding="utf-8") as file:
            return file.read()

    def hang_up_by_hand(self):
        os.kill(self.pid_of_recorder(), signal.SIGHUP)
        wait_for(lambda: "the recording goes on in" in self.said(), "the file to be opened again")
        self.assertIsNotNone(self.pid_of_recorder())

    def expect_end(self):
        wait_for(lambda: self.pid_of_recorder() is None, "mitm-record to end")
        self.assertIn("0 flows recorded", self.said())
        self.check(self.archive)

    def test_in_the_foreground_of_a_terminal_that_goes_away_it_ends(self):
        _, master = self.in_terminal(["-c", self.command() + "; true"])
        self.ready()
        self.hang_up_by_hand()
        os.close(master)
        self.expect_end()

    def test_in_the_background_of_a_shell_whose_terminal_goes_away_it_ends(self):
        _, master = self.in_terminal(["-i"])
        os.write(master, f"{self.command()} &\n".encode())
        self.ready()
        # The shell itself sends it, which is no news of the terminal.
        os.write(master, b"kill -HUP %1\n")
        wait_for(lambda: "the recording goes on in" in self.said(), "the file to be opened again")
        os.close(master)
        self.expect_end()

    def test_with_nohup_it_goes_on_without_the_terminal_and_still_reopens(self):
        _, master = self.in_terminal(["-i"])
        os.write(master, f"nohup {self.command()} </dev/null >/dev/null &\n".encode())
        self.ready()
        pid = self.pid_of_recorder()
        self.addCleanup(lambda: self.pid_of_recorder() and os.kill(pid, signal.SIGKILL))
        os.close(master)
        time.sleep(0.5)
        self.assertEqual(self.pid_of_recorder(), pid)
        self.hang_up_by_hand()
        os.kill(pid, signal.SIGTERM)
        self.expect_end()


if __name__ == "__main__":
    unittest.main()
