#!/bin/sh
# tidy.sh BUILD_DIR: clang-tidy over the sources that changed since the last commit, over all with ALL=1.
set -eu
build=$1

sources() {
  if [ "${ALL:-}" = 1 ]; then
    find lib cmd formats -name '*.cc'
  else
    { git diff --name-only --diff-filter=d HEAD; git ls-files --others --exclude-standard; } |
      grep -E '^(lib|cmd|formats)/.*\.cc$' || true
  fi
}

sources | sort -u | xargs -r -n 1 -P "$(nproc)" clang-tidy-19 -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option \
  --extra-arg=-Wno-ignored-gch
