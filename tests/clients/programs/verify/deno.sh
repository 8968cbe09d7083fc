#!/bin/sh
# shellcheck disable=SC2154 # matrix.py sets them
export HTTPS_PROXY="http://$PROXY" DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
exec "$MODULES/node_modules/.bin/deno" run -A --cert "$CA" "$PROGRAMS/verify/fetch.mjs"
