#!/bin/bash
# image.sh OUT.tar [NAME:TAG] : the image of the Dockerfile for amd64, without a container engine: one static binary and
# certificates, run as 65532. OUT.tar is what `docker load`, `ctr images import` and `crane push` read.
# Env: CAPMODEL_BINARY, a static binary that is there already.
set -euo pipefail
kit=$(cd "$(dirname "$0")" && pwd); cd "$kit/../.."
out=$1 ref=${2:-capmodel:$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)}
limit=20000000                 # bytes of a pull: a node loads it in seconds
binary=${CAPMODEL_BINARY:-}
if [ -z "$binary" ]; then
  target=x86_64-unknown-linux-gnu   # named, so that the flags are not those of build scripts and macros
  RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked --features buckets --bin capmodel --target $target >&2
  binary=${CARGO_TARGET_DIR:-target}/$target/release/capmodel
fi
file_type=$(LC_ALL=C readelf -l "$binary")
case $file_type in *"Requesting program interpreter"*) echo "$binary is not static: an image without a C library cannot run it" >&2; exit 1 ;; esac

t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
# Mozilla's certificates, and not this machine's, which may hold ones of its owner
python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest "$t" -r "$kit/certificates.txt" >&2
python3 -m zipfile -e "$t"/certifi-*.whl "$t/certifi"
install -D -m 0644 "$t/certifi/certifi/cacert.pem" "$t/root/etc/ssl/certs/ca-certificates.crt"

bytes=$(IMAGE_USER=65532:65532 "$kit/mkimage.sh" "$ref" "$binary" "$out" "$t/root")
echo "$ref: $bytes bytes compressed, $(stat -c %s "$binary") the binary"
[ "$bytes" -le $limit ] || { echo "$ref: more than $limit bytes" >&2; exit 1; }
