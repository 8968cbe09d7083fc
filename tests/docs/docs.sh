#!/bin/sh
# docs.sh write PROGRAM...: writes man/ and completions/ anew from what the programs print.
# docs.sh check PROGRAM...: fails, showing the difference, when that would change something.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
verb=$1
shift
status=0
rendered=$(mktemp)
trap 'rm -f "$rendered"' EXIT

# document PROGRAM KIND FILE
document() {
  "$1" --render-docs "$2" >"$rendered"
  if [ "$verb" = write ]; then
    mkdir -p "$(dirname "$3")"
    cmp -s "$rendered" "$3" || cat "$rendered" >"$3"
  elif ! diff -u "$3" "$rendered"; then
    echo "$3 is not what the program prints: run 'make docs'" >&2
    status=1
  fi
}

for program in "$@"; do
  name=$(basename "$program")
  document "$program" man "$root/man/$name.1"
  document "$program" bash "$root/completions/$name.bash"
  document "$program" zsh "$root/completions/_$name"
  document "$program" fish "$root/completions/$name.fish"
done
exit "$status"
