"""mitm-record -- COMMAND: a command runs as if nobody stood between it and its shell."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from command_case import RECORD, CommandCase, child_of, state
from harness import Origin, Pki, TIMEOUT, kill_session, wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Files(CommandCase):
    def test_they_are_gone_however_it_ends(self):
        self.assertEqual(self.shell("[ -s $SSL_CERT_FILE ] && [ -s $WGETRC ]").returncode, 0)
        self.assertEqual(self.shell("kill -9 $$").returncode, 137)
        self.assertEqual(self.run_command("/no/such/command").returncode, 127)
        self.assertEqual(self.run_command("true", options=("-w", "/no/such/directory/file")).returncode, 1)
        self.assertEqual(self.run_command("true", options=("--upstream-ca", "/dev/null")).returncode, 1)
        self.assertEqual(self.left_over(), [])

    def test_they_are_gone_when_a_signal_cuts_the_wait_short(self):
        # The command ends at its signal but leaves a connection that keeps us waiting.
        origin = Origin(self, lambda connection: connection.recv(1000) and time.sleep(TIMEOUT))
        script = f"trap 'exit 3' INT; curl -q -s http://127.0.0.1:{origin.port}/ >/dev/null 2>&1 & echo up; while :; do sleep 0.05; done"
        process = self.start("sh", "-c", script, options=("-q", "--drain", str(TIMEOUT)))
        process.stdout.readline()
        wait_for(lambda: origin.received, "the request")
        (shell,) = child_of(process.pid)
        process.send_signal(signal.SIGINT)
        wait_for(lambda: state(shell) == "", "the command to end")
        self.assertNotEqual(self.left_over(), [])
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(TIMEOUT), 3)
        self.assertEqual(self.left_over(), [])

    def test_they_are_found_from_everywhere(self):
        os.mkdir(self.path("relative"))
        self.env["TMPDIR"] = os.path.relpath(self.path("relative"))
        self.assertEqual(self.shell("cd / && [ -s $SSL_CERT_FILE ]").returncode, 0)

    def test_without_a_place_for_them_nothing_is_recorded(self):
        self.env["TMPDIR"] = self.path("nowhere")
        result = self.run_command("true", options=("-w", self.path("a.flowz")))
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"TMPDIR", result.stderr)
        self.assertFalse(os.path.exists(self.path("a.flowz")))

    def test_a_bundle_that_cannot_be_read_is_a_warning(self):
        self.env["SSL_CERT_FILE"] = "/no/such/bundle"
        result = self.shell("grep -c BEGIN $SSL_CERT_FILE")
        self.assertEqual(result.returncode, 0)
        self.assertIn(b"warning: SSL_CERT_FILE: open /no/such/bundle", result.stderr)

    def test_what_never_ends_is_not_waited_for(self):
        os.mkfifo(self.path("pipe"))
        self.env.update(SSL_CERT_FILE=self.path("pipe"), CURL_CA_BUNDLE="/dev/zero", WGETRC="/dev/zero", SYSTEM_WGET2RC="/dev/null")
        result = self.shell("grep -c BEGIN $SSL_CERT_FILE $CURL_CA_BUNDLE")
        self.assertEqual(result.returncode, 0)
        self.assertIn(f"warning: SSL_CERT_FILE: {self.path('pipe')}: not a regular file\n".encode(), result.stderr)
        self.assertIn(b"warning: CURL_CA_BUNDLE: /dev/zero: not a regular file\n", result.stderr)
        self.assertNotIn(b"SYSTEM_WGET2RC", result.stderr)

    def test_directories_of_certificates_that_are_too_large_are_left_out(self):
        os.mkdir(self.path("certificates"))
        for name in ("a", "b"):
            with open(self.path(f"certificates/{name}"), "wb") as file:
                file.truncate(9 << 20)
        self.env["SSL_CERT_DIR"] = self.path("certificates")
        self.env["CURL_CA_BUNDLE"] = self.path("certificates")
        result = self.shell("grep -c BEGIN $SSL_CERT_FILE")
        self.assertEqual(result.returncode, 0)
        self.assertIn(b"warning: SSL_CERT_DIR: ", result.stderr)

    def test_a_directory_of_certificates_is_merged(self):
        pki = Pki(self)
        os.mkdir(self.path("certificates"))
        os.rename(pki.ca, self.path("certificates/0.pem"))
        self.env["SSL_CERT_DIR"] = self.path("certificates")
        with open(self.path("certificates/0.pem"), encoding="ascii") as file:
            certificate = file.read().strip()
        result = self.shell("cat $SSL_CERT_FILE; echo $SSL_CERT_DIR")
        self.assertIn(certificate, result.stdout.decode())
        self.assertTrue(result.stdout.decode().endswith(self.path("certificates") + "\n"))

    def test_who_gave_up_root_can_read_the_certificates_and_nothing_else(self):
        if os.getuid() != 0:
            self.skipTest("only root can become somebody else")
        os.chmod(self.dir, 0o755)
        script = ("import os, sys; os.setuid(65534); open(os.environ['SSL_CERT_FILE']).read()\n"
                  "try: open(os.environ['WGETRC'])\nexcept PermissionError: sys.exit(7)")
        self.assertEqual(self.run_command("/usr/bin/python3", "-c", script).returncode, 7)


class Process(CommandCase):
    def test_it_has_our_standard_streams(self):
        result = self.shell("cat; echo error >&2", input=b"typed")
        self.assertEqual(result.stdout, b"typed")
        self.assertTrue(result.stderr.endswith(b"error\n"), result.stderr)

    def test_it_may_close_them(self):
        result = self.shell("exec <&- >&- 2>&-; exit 5", options=())
        self.assertEqual(result.returncode, 5)
        self.assertIn(b"0 flows recorded", result.stderr)

    def test_closed_streams_stay_closed_and_others_are_inherited(self):
        script = f"exec 5</dev/null; exec {RECORD} -q -- ls -l /proc/self/fd <&- | cat"
        result = subprocess.run(["bash", "-c", script], env=self.env, capture_output=True, timeout=TIMEOUT, check=False)
        links = dict(re.findall(r"(\d+) -> (.*)", result.stdout.decode()))
        self.assertEqual(links.get("5"), "/dev/null")
        self.assertNotEqual(links.get("0"), "/dev/null")  # ls opens the directory there
        self.assertLessEqual(set(links), {"0", "1", "2", "3", "5"}, result.stdout)

    def test_ignored_signals_stay_ignored_and_nothing_is_blocked(self):
        # Python itself ignores some, so another program has to look.
        status = ["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"]

        def with_signals():
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        def ignoring_pipes():
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])

        def dispositions(output):
            # Above them are the C library's own, which posix_spawn ignores.
            return [int(line.split()[1], 16) & 0x7FFFFFFF for line in output.decode().splitlines()]

        for prepare in (with_signals, ignoring_pipes):
            direct = subprocess.run(status, preexec_fn=prepare, restore_signals=False, capture_output=True, check=True)
            ours = self.run_command(*status, preexec_fn=prepare, restore_signals=False)
            self.assertEqual(dispositions(ours.stdout), dispositions(direct.stdout))

    def test_an_ignored_sigchld_is_ours_alone(self):
        def ignoring():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)

        result = self.shell("grep SigIgn /proc/self/status; exit 9", preexec_fn=ignoring)
        self.assertEqual(result.returncode, 9)
        self.assertFalse(int(result.stdout.split()[1], 16) & 1 << signal.SIGCHLD - 1)

    def test_nohup_stays_in_force(self):
        process = self.start("sh", "-c", "echo up; read line; exit 4", stdin=subprocess.PIPE,
                             preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        process.stdin.write(b"\n")
        process.stdin.flush()
        self.assertEqual(process.wait(TIMEOUT), 4)

    def test_signals_by_kill_are_passed_on(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR2, signal.SIGALRM, signal.SIGWINCH):
            script = f"import signal, sys, time; signal.signal({int(number)}, lambda *a: sys.exit(9)); print('up', flush=True)\nwhile True: time.sleep(0.01)"
            process = self.start("/usr/bin/python3", "-c", script)
            process.stdout.readline()
            process.send_signal(number)
            self.assertEqual(process.wait(TIMEOUT), 9, number)

    def test_usr1_prints_the_counters_and_is_not_passed_on(self):
        process = self.start("sh", "-c", "echo up; read line", options=(), stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.readline()
        process.send_signal(signal.SIGUSR1)
        while b"0 flows recorded" not in (line := process.stderr.readline()):
            self.assertNotEqual(line, b"")
        process.stdin.close()
        process.stdin = None
        self.assertEqual(process.wait(TIMEOUT), 1)  # read met the end

    def test_an_alarm_that_was_set_before_is_the_command_s(self):
        result = subprocess.run(["/usr/bin/python3", "-c", "import os, signal, sys; signal.alarm(5); os.execv(sys.argv[1], sys.argv[1:])",
                                 RECORD, "-q", "--", "sleep", str(TIMEOUT)], env=self.env, capture_output=True, timeout=TIMEOUT, check=False)
        self.assertEqual(result.returncode, 128 + signal.SIGALRM)
        self.assertEqual(self.left_over(), [])

    def test_a_daemon_s_requests_are_recorded_until_the_drain_ends(self):
        answered = []

        def serve(connection):
            connection.recv(1000)
            time.sleep(0.3)
            answered.append(True)
            connection.sendall(OK)

        origin = Origin(self, serve)
        # Its parents are gone while it waits for the answer.
        daemon = f"(setsid curl -q -s -o /dev/null http://127.0.0.1:{origin.port}/ </dev/null >/dev/null 2>&1 &) ; while ! [ -e {self.path('go')} ]; do sleep 0.02; done"
        process = self.start("sh", "-c", daemon, options=("-w", self.path("a.flowz"), "-q", "--drain", str(TIMEOUT)))
        wait_for(lambda: origin.received, "the request")
        open(self.path("go"), "w", encoding="ascii").close()
        self.assertEqual(process.wait(TIMEOUT), 0)
        (flow,) = self.dump("-r", self.path("a.flowz"))
        self.assertTrue(flow["complete"])
        self.assertEqual(answered, [True])


class Terminal(CommandCase):
    """With a pseudo-terminal whose session leader is an interactive shell."""

    def setUp(self):
        super().setUp()
        self.env.update(PS1="PROMPT ", HISTFILE="", TERM="dumb")
        self.output = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"], self.env)
        self.addCleanup(self.hang_up)
        self.expect(b"PROMPT ")

    def hang_up(self):
        os.close(self.fd)
        kill_session(self.pid)
        os.waitpid(self.pid, 0)

    def type(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        """Reads until what has not been expected yet matches; returns the match."""
        deadline = time.monotonic() + TIMEOUT
        while not (match := re.search(pattern, self.output)):
            if time.monotonic() > deadline or not select.select([self.fd], [], [], TIMEOUT)[0]:
                raise AssertionError(f"waited for {pattern!r}, got {self.output!r}")
            self.output += os.read(self.fd, 65536)
        self.output = self.output[match.end():]
        return match

    def run_typed(self, command):
        self.type(f"{RECORD} -q -- {command}\n")

    def python(self, script):
        path = self.path("script.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(script)
        return f"/usr/bin/python3 {path}"

    def test_a_command_reads_the_terminal(self):
        self.run_typed("sh -c 'stty -a >/dev/null && read line && echo got-$line'")
        self.type("something\n")
        self.expect(b"got-something\r")

    def test_ctrl_c_reaches_it_once(self):
        script = self.python("import signal, sys, time\ncount = []\nsignal.signal(2, lambda *a: count.append(1))\n"
                             "print('u' + 'p', flush=True)\nwhile not count: time.sleep(0.02)\n"
                             "time.sleep(0.5)\nprint('count', len(count), flush=True)\n")
        self.run_typed(script)
        self.expect(b"up\r")
        self.type("\x03")
        self.expect(b"count 1\r")
        self.type("echo status-$?\n")
        self.expect(b"status-0\r")

    def test_ctrl_z_stops_both_and_fg_resumes_both(self):
        script = self.python("import os\nprint('pi' + 'd', os.getpid(), os.getppid(), flush=True)\nprint('re' + 'ad', input())\n")
        self.run_typed(script)
        pids = [int(word) for word in self.expect(rb"pid (\d+) (\d+)\r").groups()]
        self.type("\x1a")
        self.expect(b"Stopped")
        wait_for(lambda: [state(pid) for pid in pids] == ["T", "T"], "both to stop")
        self.type("fg\n")
        wait_for(lambda: "T" not in [state(pid) for pid in pids], "both to go on")
        self.type("line\n")
        self.expect(b"read line\r")
        self.type("echo status-$?\n")
        self.expect(b"status-0\r")

    def test_a_new_size_reaches_it_once(self):
        script = self.python("import signal, time\ncount = []\nsignal.signal(signal.SIGWINCH, lambda *a: count.append(1))\n"
                             "print('u' + 'p', flush=True)\nwhile not count: time.sleep(0.02)\n"
                             "time.sleep(0.3)\nprint('count', len(count), flush=True)\n")
        self.run_typed(script)
        self.expect(b"up\r")
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
        self.expect(b"count 1\r")

    def test_an_interactive_shell_has_job_control_and_gives_the_terminal_back(self):
        self.type(f"{RECORD} -q -- bash --norc --noprofile --noediting -i\n")
        self.expect(b"PROMPT ")
        self.type("echo inner-$https_proxy\n")
        self.expect(rb"inner-http://127\.0\.0\.1:\d+\r")
        self.type("sh -c 'echo run''ning; exec sleep 60'\n")
        self.expect(b"running\r")
        self.type("\x1a")
        self.expect(b"Stopped")
        self.type("kill -9 %1; disown %1; exit 6\n")
        self.expect(b"PROMPT")
        self.type("echo status-$? outer-$https_proxy.\n")
        self.expect(rb"status-6 outer-\.\r")

    def test_a_hang_up_ends_both(self):
        self.type("exec ")  # so that mitm-record leads the session, as under ssh -t or xterm -e
        self.run_typed(self.python("import os, time\nprint('pi' + 'd', os.getpid(), os.getppid(), flush=True)\ntime.sleep(60)\n"))
        pids = [int(word) for word in self.expect(rb"pid (\d+) (\d+)\r").groups()]
        self.assertEqual(pids[1], self.pid)
        os.close(self.fd)
        self.fd = os.open("/dev/null", os.O_RDWR)
        wait_for(lambda: state(pids[0]) == "", "the command to end")
        wait_for(lambda: self.left_over() == [], "the files to go")


if __name__ == "__main__":
    unittest.main()
