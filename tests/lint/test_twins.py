"""Every lib/FOLDER/x.cc has a tests/FOLDER/x_test.cc."""

import sources


def check(root):
    code = {path.relative_to("lib").with_suffix("") for path in sources.source_files(root, {".cc"}, ["lib"])}
    for path in sorted(code):
        twin = f"tests/{path}_test.cc"
        if not (root / twin).is_file():
            yield f"lib/{path}.cc has no {twin}"


if __name__ == "__main__":
    sources.main(check)
