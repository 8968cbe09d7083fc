"""Which files the checks look at."""

import pathlib
import sys

FOLDERS = ("lib", "cmd", "formats", "tests")


def source_files(root, suffixes, folders=FOLDERS):
    """Paths relative to root, in order."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in suffixes:
                yield path.relative_to(root)


def main(check):
    """Runs check(root), which yields complaints; exits with 1 when there is one."""
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    complaints = list(check(root))
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)
