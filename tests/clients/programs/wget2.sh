#!/bin/sh
# shellcheck disable=SC2154 # clients.py and mitm-record set them
label() { printf '%s %s\n' "$1" "$(sha256sum | cut -d' ' -f1)"; }
for scheme in https http; do
  eval "url=\$ORIGIN_$scheme"
  wget2 -qO - "$url/body" | label $scheme.get
  wget2 -qO - "$url/chunked" | label $scheme.chunked
  wget2 -qO - --compression=gzip "$url/gzip" | label $scheme.gzip
  wget2 -qO - "$url/redirect" | label $scheme.redirect
  wget2 -qO - --post-file="$UPLOAD" "$url/echo" | label $scheme.post
done
