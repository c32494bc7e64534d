#!/bin/bash
# busybox-image.sh OUT.tar NAME:TAG : busybox as people know it, from this machine's static one.
. "$(dirname "$0")/lib.sh"
"$kit/node-packages.sh"
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
mkdir -p "$t/bin"; for applet in sh ls cat head; do ln -s /busybox "$t/bin/$applet"; done
"$kit/mkimage.sh" "$2" /bin/busybox "$1" "$t" >/dev/null
