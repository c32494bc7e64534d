#!/bin/bash
# moto.sh PORT : a local S3 (https://docs.getmoto.org) on 127.0.0.1:PORT until it is killed.
. "$(dirname "$0")/lib.sh"
need moto
PYTHONPATH=$BIN/moto exec python3 -s -m moto.server -H 127.0.0.1 -p "$1"
