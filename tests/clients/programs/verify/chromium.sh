#!/bin/sh
# shellcheck disable=SC2154,SC2086 # matrix.py sets them; several words
export HOME="$WORK"
mkdir -p "$HOME/.pki/nssdb"
certutil -N --empty-password -d "sql:$HOME/.pki/nssdb"
certutil -A -d "sql:$HOME/.pki/nssdb" -n ca -t C,, -i "$CA"
sandbox=
[ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox
# Without the suites that sign with ECDSA.
ciphers=${RSA:+--ssl-version-max=tls1.2 --cipher-suite-blacklist=0xc02b,0xc02c,0xcca9,0xc009,0xc00a}
exec chromium --headless $sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update \
  --disable-dev-shm-usage --user-data-dir="$WORK/profile" --proxy-server="$PROXY" $ciphers --dump-dom "$URL"
