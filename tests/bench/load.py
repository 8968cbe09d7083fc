"""The load generator, on its core."""

import json
import subprocess

from process import LOAD_CORE, pinned


class Generator:
    def __init__(self, program):
        self.program = program

    def run(self, route, **options):
        """Runs bench_load to its end; what it says of the load. Options as plan.h names them."""
        result = subprocess.run(self._command(route, options), capture_output=True, text=True, timeout=300, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{' '.join(self._command(route, options))}: {result.stderr.strip()}")
        return json.loads(result.stdout)

    def hold(self, route, count, **options):
        """Connections that were used once and are idle now. Ends when the result's `release()` is called."""
        return Held(self._command(route, options | {"idle": count}))

    def _command(self, route, options):
        command = list(route)
        for name, value in options.items():
            command += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        return pinned(LOAD_CORE, self.program, *command)


class Held:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            raise RuntimeError(self.process.communicate()[1].decode().strip())

    def release(self):
        self.process.communicate()
