#!/bin/sh
# lint.sh BUILD_DIR: every check, all of them even when one fails. BUILD_DIR is configured already.
# ALL=1 runs clang-tidy over every file, not only those that changed since the last commit.
set -u
build=$1
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
export PYTHONDONTWRITEBYTECODE=1
failed=

run() {
  name=$1
  shift
  if "$@"; then
    echo "ok: $name"
  else
    echo "FAILED: $name"
    failed="$failed $name"
  fi
}

shell_scripts() {
  find .ci/run tests \( -name '*.sh' -o -path .ci/run \) -exec shellcheck {} +
}

format() {
  find lib cmd formats tests \( -name '*.h' -o -name '*.cc' \) -exec clang-format-19 --dry-run -Werror {} +
}

# clang-tidy needs the generated headers, too.
documents() {
  cmake --build "$build" >"$build/lint.log" 2>&1 || { tail -n 20 "$build/lint.log"; return 1; }
  tests/docs/docs.sh check "$build"/bin/mitm-*
}

run "shell scripts" shell_scripts
run "format" format
run "include graph" python3 "$here/include_graph.py" .
run "sizes" python3 "$here/sizes.py" .
run "test twins" python3 "$here/test_twins.py" .
run "Python tests" python3 "$here/python_tests.py" .
run "manual pages" mandoc -T lint -W warning man/*.1
run "documents in step" documents
run "clang-tidy" "$here/tidy.sh" "$build"
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
