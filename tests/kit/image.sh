#!/bin/bash
# image.sh OUT.tar [NAME:TAG] : the image of the Dockerfile for amd64, without a container engine: one static binary and
# certificates, run as 65532. OUT.tar is what `docker load`, `ctr images import` and `crane push` read.
# Env: CAPMODEL_BINARY, a static binary that is there already.
. "$(dirname "$0")/lib.sh"; cd "$kit/../.."
need ca-certificates.crt
out=$1 ref=${2:-capmodel:$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)}
limit=20000000                 # bytes of a pull: a node loads it in seconds
binary=${CAPMODEL_BINARY:-}
if [ -z "$binary" ]; then
  echo "test kit: cargo builds the image's static binary as it is released; about 10 minutes on two cores the first time" >&2
  target=x86_64-unknown-linux-gnu   # named, so that the flags are not those of build scripts and macros
  RUSTFLAGS="-C target-feature=+crt-static" cargo build --quiet --release --locked --features buckets --bin capmodel --target $target >&2
  binary=${CARGO_TARGET_DIR:-target}/$target/release/capmodel
fi
file_type=$(LC_ALL=C readelf -l "$binary")
case $file_type in *"Requesting program interpreter"*) echo "$binary is not static: an image without a C library cannot run it" >&2; exit 1 ;; esac

t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
install -D -m 0644 "$BIN/ca-certificates.crt" "$t/root/etc/ssl/certs/ca-certificates.crt"
bytes=$(IMAGE_USER=65532:65532 "$kit/mkimage.sh" "$ref" "$binary" "$out" "$t/root")
echo "$ref: $bytes bytes compressed, $(stat -c %s "$binary") the binary"
[ "$bytes" -le $limit ] || { echo "$ref: more than $limit bytes" >&2; exit 1; }
