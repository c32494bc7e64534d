#!/bin/bash
# node-packages.sh : what a real node needs beside the kit's own parts, from Debian or Ubuntu; installs what is missing.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || { echo "a real node (containerd, runc, a bridge) needs root: run this as root" >&2; exit 1; }
missing() {
  local program
  for program in containerd runc nft ip; do command -v $program >/dev/null || echo $program; done
  for program in "${CNI_BIN:-/usr/lib/cni}/bridge" /bin/busybox; do [ -x "$program" ] || echo "$program"; done
}
[ -n "$(missing)" ] || exit 0
mkdir -p "$BIN"; exec 9> "$BIN/.lock-packages"; flock 9
[ -n "$(missing)" ] || exit 0          # someone else has installed them meanwhile
packages="containerd runc containernetworking-plugins nftables iproute2 busybox-static"
if command -v apt-get >/dev/null; then
  echo "test kit: installing $packages with apt-get, once; about half a minute" >&2
  install() { apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $packages; }
  log=$(mktemp); trap 'rm -f "$log"' EXIT
  # a fresh machine's lists may be old or not there at all
  { install || { apt-get -qq -o DPkg::Lock::Timeout=300 update && install; }; } >"$log" 2>&1 9>&- || cat "$log" >&2
fi
[ -z "$(missing)" ] || { echo "a real node needs" $(missing) "(Debian: apt-get install $packages)" >&2; exit 1; }
