"""Every class of tests in tests/FOLDER/x_test.py is run: the folder's CMakeLists.txt names it, or its whole file."""

import ast
import re

import sources

# soak.sh runs every file of its folder, and unittest every test of the checks.
ELSEWHERE = ("lint", "soak")


def classes_with_tests(text):
    """Those that have tests of their own or of a class of the same file."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            own = any(isinstance(part, ast.FunctionDef) and part.name.startswith("test") for part in node.body)
            found[node.name] = own or any(found.get(getattr(base, "id", None)) for base in node.bases)
    return [name for name, has_tests in found.items() if has_tests]


def classes_run(cmake, stem):
    """The classes of stem.py that are run, or None: all of them."""
    cmake = re.sub(r"#.*", "", cmake)
    short = stem.removesuffix("_test")
    # ca's "what it is|file", and a file that is run without the name of a class.
    if re.search(rf'\|{short}"', cmake) or re.search(rf"\b{stem}\.py\s*\)", cmake):
        return None
    return {word for words in re.findall(rf"\b\w+_test\(\s*(?:{stem}|{short})\s([^)]*)\)", cmake) for word in words.split()}


def check(root):
    for path in sources.source_files(root, {".py"}, ["tests"]):
        if not path.stem.endswith("_test") or path.parent.name in ELSEWHERE:
            continue
        cmake = root / path.parent / "CMakeLists.txt"
        run = classes_run(cmake.read_text() if cmake.is_file() else "", path.stem)
        for name in classes_with_tests((root / path).read_text()):
            if run is not None and name not in run:
                yield f"{path}: class {name} is run by no test of {path.parent}/CMakeLists.txt"


if __name__ == "__main__":
    sources.main(check)
