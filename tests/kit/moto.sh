#!/bin/bash
# moto.sh PORT : a local S3 (https://docs.getmoto.org) on 127.0.0.1:PORT until it is killed. Needs Python 3.10 or later with
# venv; installs the versions of moto.txt from PyPI into CAPMODEL_KIT the first time.
set -euo pipefail
kit=$(cd "$(dirname "$0")" && pwd)
home=${CAPMODEL_KIT:-$HOME/.cache/capmodel/kit}/moto
mkdir -p "$home"
exec 9> "$home/.lock"; flock 9          # two tests at once
if ! cmp -s "$home/ready" "$kit/moto.txt"; then
  rm -rf "$home/venv"
  python3 -m venv "$home/venv" >&2
  "$home/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$kit/moto.txt" >&2
  cp "$kit/moto.txt" "$home/ready"
fi
exec 9>&-
exec "$home/venv/bin/moto_server" -H 127.0.0.1 -p "$1"
