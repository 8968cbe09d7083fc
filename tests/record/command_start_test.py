"""mitm-record -- COMMAND, when it does not come to run, or to be recorded."""

import os
import signal
import subprocess
import unittest

from command_case import CommandCase
from harness import TIMEOUT, has_signal, members, wait_for


class Start(CommandCase):
    def start_held_up(self, *command, **more):
        """mitm-record, waiting before it starts the command for somebody to read what it has to say, and how to read it."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(writer, bytes(1 << 20))
        os.set_blocking(writer, True)
        process = self.start(*command, stderr=writer, **more)
        os.close(writer)
        messages = os.fdopen(reader, "rb")
        self.addCleanup(messages.close)
        wait_for(lambda: has_signal(process.pid, "SigBlk", signal.SIGTERM), "it to take signals")
        return process, messages.read

    def test_a_signal_before_it_was_started_ends_all(self):
        with open(self.path("a.flowz"), "w", encoding="ascii") as file:
            file.write("earlier")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            process, read = self.start_held_up("touch", self.path("ran"), options=("-w", self.path("a.flowz")))
            process.send_signal(number)
            read()
            self.assertEqual(process.wait(TIMEOUT), 128 + number)
            self.assertFalse(os.path.exists(self.path("ran")), number)
        with open(self.path("a.flowz"), encoding="ascii") as file:
            self.assertEqual(file.read(), "earlier")
        self.assertEqual(self.left_over(), [])

    def test_a_signal_while_its_recording_waits_for_a_reader_ends_all(self):
        os.mkfifo(self.path("pipe"))
        process = self.start("touch", self.path("ran"), options=("-w", self.path("pipe")))
        wait_for(lambda: has_signal(process.pid, "SigBlk", signal.SIGTERM), "it to take signals")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(TIMEOUT), 128 + signal.SIGTERM)
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_a_signal_that_it_ignores_does_not(self):
        process, read = self.start_held_up("true", options=(), preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        process.send_signal(signal.SIGINT)
        read()
        self.assertEqual(process.wait(TIMEOUT), 0)

    def test_it_is_not_left_running_when_it_cannot_be_recorded(self):
        process = self.start("sleep", str(TIMEOUT), options=("-w", "/dev/full"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN))
        self.assertEqual(process.wait(TIMEOUT), 1)
        self.assertEqual(members(process.pid), [])
        self.assertIn(b"No space left on device", process.stderr.read())


if __name__ == "__main__":
    unittest.main()
