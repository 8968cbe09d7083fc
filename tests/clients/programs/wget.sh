#!/bin/sh
# shellcheck disable=SC2154 # clients.py and mitm-record set them
label() { printf '%s %s\n' "$1" "$(sha256sum | cut -d' ' -f1)"; }
for scheme in https http; do
  eval "url=\$ORIGIN_$scheme"
  wget -qO - "$url/body" | label $scheme.get
  wget -qO - "$url/chunked" | label $scheme.chunked
  wget -qO - --compression=gzip "$url/gzip" | label $scheme.gzip
  wget -qO - "$url/redirect" | label $scheme.redirect
  wget -S --spider "$url/body" 2>&1 | tr -d '\r' | sed -n "s/^ *Content-Length: /$scheme.head /p"
  wget -qO - --post-file="$UPLOAD" "$url/echo" | label $scheme.post
done
