#!/bin/bash
# node-packages.sh : what a real node needs beside the kit's own parts, from Debian or Ubuntu; installs what is missing.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "a real node (containerd, runc, a bridge) needs root: run this as root" >&2; exit 1; }
missing() {
  local program
  for program in containerd runc nft ip; do command -v $program >/dev/null || echo $program; done
  for program in "${CNI_BIN:-/usr/lib/cni}/bridge" /bin/busybox; do [ -x "$program" ] || echo "$program"; done
}
[ -n "$(missing)" ] || exit 0
packages="containerd runc containernetworking-plugins nftables iproute2 busybox-static"
if command -v apt-get >/dev/null; then
  apt-get install -y --no-install-recommends $packages >&2 || { apt-get update >&2 && apt-get install -y --no-install-recommends $packages >&2; }
fi
[ -z "$(missing)" ] || { echo "a real node needs" $(missing) "(Debian: apt-get install $packages)" >&2; exit 1; }
