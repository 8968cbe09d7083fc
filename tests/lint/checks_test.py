"""A check that cannot fail is worthless."""

import pathlib
import tempfile
import unittest

import include_graph
import python_tests
import sizes
import test_twins


class ChecksTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.root = pathlib.Path(self.dir.name)

    def write(self, path, text=""):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def complaints(self, check):
        return list(check.check(self.root))

    def test_a_folder_may_include_what_the_table_says(self):
        self.write("lib/tls/a.cc", '#include <openssl/ssl.h>\n#include <string>\n#include "lib/base/b.h"\n')
        self.write("lib/archive/a.cc", '#include "formats/flow.capnp.h"\n')
        self.write("cmd/mitm-x/main.cc", '#include "lib/proxy/p.h"\n#include <sys/socket.h>\n')
        self.assertEqual(self.complaints(include_graph), [])

    def test_a_forbidden_folder_is_found(self):
        self.write("lib/proxy/a.cc", '#include "lib/archive/writer.h"\n')
        self.assertEqual(
            self.complaints(include_graph),
            ['lib/proxy/a.cc: lib/proxy must not include "lib/archive/writer.h"'],
        )

    def test_a_library_is_found_in_the_wrong_folder(self):
        self.write("lib/net/a.cc", "#include <openssl/ssl.h>\n")
        self.assertEqual(self.complaints(include_graph), ["lib/net/a.cc: lib/net must not see <openssl/ssl.h>"])

    def test_a_library_is_found_behind_our_own_headers(self):
        self.write("lib/tls/inner.h", "#include <openssl/ssl.h>\n")
        self.write("lib/tls/outer.h", '#include "lib/tls/inner.h"\n')
        self.write("lib/net/a.cc", '#include "lib/tls/outer.h"\n')
        self.assertEqual(
            self.complaints(include_graph),
            ["lib/net/a.cc: lib/net must not see <openssl/ssl.h> (through lib/tls/inner.h)"],
        )

    def test_an_unknown_library_is_found(self):
        self.write("lib/base/a.cc", "#include <boost/any.hpp>\n")
        self.assertEqual(
            self.complaints(include_graph), ["lib/base/a.cc: <boost/any.hpp> is in no table of include_graph.py"]
        )

    def test_long_files_are_found(self):
        self.write("lib/base/a.cc", "\n" * 600)
        self.write("lib/base/b.cc", "\n" * 601)
        self.assertEqual(
            self.complaints(sizes),
            ["lib/base/b.cc: 601 lines, at most 600 are allowed: split it by concept"],
        )

    def test_code_without_a_test_is_found(self):
        self.write("lib/base/a.cc")
        self.write("lib/base/b.cc")
        self.write("tests/base/a_test.cc")
        self.assertEqual(self.complaints(test_twins), ["lib/base/b.cc has no tests/base/b_test.cc"])

    def test_a_class_of_tests_that_nobody_runs_is_found(self):
        text = "class Case:\n    pass\n\nclass Run(Case):\n    def test_it(self):\n        pass\n\nclass Left(Run):\n    pass\n"
        self.write("tests/e2e/CMakeLists.txt", "mitm_e2e_test(a Run) # and Left\nmitm_e2e_test(b Left)\nmitm_e2e_test(c Run\n  Left)\n")
        for name in "abcd":
            self.write(f"tests/e2e/{name}_test.py", text)
        self.assertEqual(self.complaints(python_tests), [
            f"tests/e2e/{name}_test.py: class {left} is run by no test of tests/e2e/CMakeLists.txt"
            for name, left in (("a", "Left"), ("b", "Run"), ("d", "Run"), ("d", "Left"))])

    def test_a_file_of_tests_may_be_run_as_a_whole(self):
        text = "class Run:\n    def test_it(self):\n        pass\n"
        self.write("tests/ca/CMakeLists.txt", 'foreach(part IN ITEMS\n    "what a is|a" "what c is|cc")\n')
        self.write("tests/bench/CMakeLists.txt", "add_test(NAME b COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/b_test.py)\n")
        for path in ("ca/a", "ca/c", "bench/b", "soak/d"):
            self.write(f"tests/{path}_test.py", text)
        self.assertEqual(self.complaints(python_tests), ["tests/ca/c_test.py: class Run is run by no test of tests/ca/CMakeLists.txt"])


if __name__ == "__main__":
    unittest.main()
