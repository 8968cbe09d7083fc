#!/bin/sh
# shellcheck disable=SC2154 # clients.py and mitm-record set them
cd "$WORK" && echo '{}' >package.json
HOME=$WORK npm install --silent --no-audit --no-fund --no-update-notifier --cache "$WORK/cache" --registry "$ORIGIN_https/npm/" tiny-package
printf 'https.package %s\n' "$(sha256sum <node_modules/tiny-package/index.js | cut -d' ' -f1)"
