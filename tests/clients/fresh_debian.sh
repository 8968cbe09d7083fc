#!/usr/bin/env bash
# The system store of a Debian that was never used: mitm-ca install, what its clients then do, and uninstall.
# Usage: fresh_debian.sh DIRECTORY-OF-PROGRAMS. As root; leaves nothing.
set -eu
programs=$(realpath "$1")
source=$(realpath "$(dirname "$0")/../..")
system=$(mktemp -d)
trap 'rm -rf --one-file-system "$system"' EXIT
mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\).*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
debootstrap --variant=minbase --include=ca-certificates,curl,openssl,wget,python3 bookworm "$system" "$mirror" >"$system.log" 2>&1 ||
  { cat "$system.log"; exit 1; }
rm "$system.log"
echo 127.0.0.1 localhost >"$system/etc/hosts"
cd "$source/tests/ca"
MITM_CA="$programs/mitm-ca" MITM_SYSTEM="$system" python3 -B -m unittest -v system_test
