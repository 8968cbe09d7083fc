#!/bin/sh
# install_test.sh BUILD_DIR PROGRAM...: installs into a staging folder and looks for what people expect.
set -eu
build=$1
shift
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
DESTDIR=$stage cmake --install "$build" --prefix /opt/mitmkit >"$stage/log" || { cat "$stage/log"; exit 1; }

status=0
expect() {
  [ -s "$stage/opt/mitmkit/$1" ] && return
  echo "not installed: $1" >&2
  status=1
}
for program in "$@"; do
  expect "bin/$program"
  expect "share/man/man1/$program.1"
  expect "share/bash-completion/completions/$program"
  expect "share/zsh/site-functions/_$program"
  expect "share/fish/vendor_completions.d/$program.fish"
  "$stage/opt/mitmkit/bin/$program" --version >"$stage/version"
  grep -q "^$program [0-9]" "$stage/version" || status=1
done
expect share/doc/mitmkit/README.md
expect share/doc/mitmkit/CHANGELOG.md
expect share/doc/mitmkit/LICENSE
expect share/doc/mitmkit/formats/README.md
expect share/mitmkit/flow.capnp
exit "$status"
