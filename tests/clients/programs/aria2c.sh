#!/bin/sh
# shellcheck disable=SC2154 # clients.py and mitm-record set them
for scheme in https http; do
  eval "url=\$ORIGIN_$scheme"
  for what in get chunked gzip redirect; do
    path=$what
    [ $what = get ] && path=body
    # It reads no variable for certificates.
    aria2c -q --no-conf --ca-certificate="$SSL_CERT_FILE" --http-accept-gzip=true -d "$WORK" -o $scheme.$what "$url/$path"
    printf '%s.%s %s\n' $scheme $what "$(sha256sum <"$WORK/$scheme.$what" | cut -d' ' -f1)"
  done
done
