#!/bin/sh
# shellcheck disable=SC2154 # clients.py and mitm-record set them
export HOME="$WORK"
mkdir -p "$HOME/.pki/nssdb"
certutil -N --empty-password -d "sql:$HOME/.pki/nssdb"
certutil -A -d "sql:$HOME/.pki/nssdb" -n mitmkit -t C,, -i "$MITMKIT_HOME/ca.pem"
sandbox=
[ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox
for scheme in https http; do
  eval "url=\$ORIGIN_$scheme"
  printf '%s.page ' $scheme
  # shellcheck disable=SC2086
  chromium --headless $sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update \
    --disable-dev-shm-usage --user-data-dir="$WORK/$scheme" --proxy-server="$https_proxy" --dump-dom "$url/page" 2>/dev/null |
    sed -n 's/.*<title>\(.*\)<\/title>.*/\1/p'
done
