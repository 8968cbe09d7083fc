#!/bin/sh
# shellcheck disable=SC2154 # clients.py and mitm-record set them
# label NAME, with the answer on standard input
label() { printf '%s %s\n' "$1" "$(sha256sum | cut -d' ' -f1)"; }
for scheme in https http; do
  eval "url=\$ORIGIN_$scheme"
  curl -qsS "$url/body" | label $scheme.get
  curl -qsS "$url/chunked" | label $scheme.chunked
  curl -qsS --compressed "$url/gzip" | label $scheme.gzip
  curl -qsSL "$url/redirect" | label $scheme.redirect
  curl -qsSI "$url/body" | tr -d '\r' | sed -n "s/^[Cc]ontent-[Ll]ength: /$scheme.head /p"
  curl -qsS --data-binary "@$UPLOAD" "$url/echo" | label $scheme.post
done
