"""No file over 600 lines; those over 400 are named. Functions are clang-tidy's business."""

import sources

QUESTIONED = 400
FORBIDDEN = 600
SUFFIXES = {".h", ".cc", ".c", ".py", ".sh", ".cmake", ".capnp"}


def check(root):
    for path in sources.source_files(root, SUFFIXES):
        lines = len((root / path).read_text(encoding="utf-8").splitlines())
        if lines > FORBIDDEN:
            yield f"{path}: {lines} lines, at most {FORBIDDEN} are allowed: split it by concept"
        elif lines > QUESTIONED:
            print(f"{path}: {lines} lines: does it hold one concept?")


if __name__ == "__main__":
    sources.main(check)
