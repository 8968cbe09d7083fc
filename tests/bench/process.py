"""Programs that serve while something is measured, each on one core."""

import socket
import subprocess
import time

PROXY_CORE, LOAD_CORE = 1, 0


def pinned(core, *command):
    return ["taskset", "-c", str(core), *map(str, command)]


def free_ports(count):
    """Ports on which nothing listens."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Server:
    """A program that listens on loopback; `log` is a file for what it says."""

    def __init__(self, core, command, ports, log, env=None):
        with open(log, "wb") as out:
            self.process = subprocess.Popen(pinned(core, *command), stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=out, env=env)
        self.log = log
        for port in ports:
            self._wait_for(port)

    @property
    def pid(self):
        return self.process.pid

    def _wait_for(self, port):
        deadline = time.monotonic() + 30
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                with open(self.log, encoding="utf-8", errors="replace") as file:
                    raise RuntimeError(f"{self.process.args} does not listen on {port}: {file.read()[-2000:]}")
            time.sleep(0.02)

    def stop(self):
        """Ends it in the way that lets it finish its files."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
