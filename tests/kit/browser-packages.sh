#!/bin/bash
# browser-packages.sh : Chromium and Node.js from Debian or Ubuntu; installs what is missing.
. "$(dirname "$0")/lib.sh"
missing() {
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || echo chromium
  command -v node >/dev/null || echo nodejs
  command -v npm >/dev/null || echo npm
}
[ -n "$(missing)" ] || exit 0
mkdir -p "$BIN"; exec 9> "$BIN/.lock-packages"; flock 9
[ -n "$(missing)" ] || exit 0          # someone else has installed them meanwhile
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  # a page without fonts would be judged without its letters
  packages="$(missing | tr '\n' ' ') fonts-dejavu-core"
  echo "test kit: installing $packages with apt-get, once; about a minute" >&2
  install() { apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $packages; }
  log=$(mktemp); trap 'rm -f "$log"' EXIT
  { install || { apt-get -qq -o DPkg::Lock::Timeout=300 update && install; }; } >"$log" 2>&1 9>&- || cat "$log" >&2
fi
[ -z "$(missing)" ] || { echo "a look at a page needs" $(missing) "(Debian: apt-get install chromium nodejs npm, as root)" >&2; exit 1; }
