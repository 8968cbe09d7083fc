#!/bin/sh
# shellcheck disable=SC2154 # clients.py and mitm-record set them
# Distributions other than Debian, and virtual environments, are asked as /usr/bin/python3 is.
/usr/bin/python3 -m pip download -q --isolated --no-deps --no-cache-dir --disable-pip-version-check --no-index \
  --find-links "$ORIGIN_https/pip/index.html" -d "$WORK" tiny-package
printf 'https.package %s\n' "$(sha256sum <"$WORK/tiny_package-1.0.0-py3-none-any.whl" | cut -d' ' -f1)"
