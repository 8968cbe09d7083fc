#!/bin/sh
# soak.sh DIRECTORY-OF-THE-PROGRAMS: all of it, on loopback only. SOAK_BODY: octets of the huge bodies.
set -eu
MITM_BIN=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
PYTHONPATH=$here/../support
PATH=$PATH:/usr/sbin
export MITM_BIN PYTHONPATH PATH
failed=
for test in "$here"/*_test.py; do
  echo "== $(basename "$test" _test.py)"
  /usr/bin/python3 -B "$test" || failed="$failed $(basename "$test")"
done
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
