#!/bin/sh
# shellcheck disable=SC2154 # clients.py and mitm-record set them
export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
for scheme in https http; do
  eval "url=\$ORIGIN_$scheme"
  git clone -q "$url/git/project.git" "$WORK/$scheme"
  printf '%s.clone %s\n' $scheme "$(git -C "$WORK/$scheme" rev-parse HEAD)"
done
