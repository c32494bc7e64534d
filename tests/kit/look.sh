#!/bin/bash
# look.sh PAGE.html [FOLDER] : opens a page in a real headless Chromium and prints what was seen as JSON; pictures go to FOLDER.
. "$(dirname "$0")/lib.sh"
"$kit/browser-packages.sh"
need browser
profile=$(mktemp -d); trap 'rm -rf "$profile"' EXIT
# neither settings nor a cache of whoever runs this
HOME=$profile node "$kit/browser/look.mjs" "$BIN/browser" "$(command -v chromium || command -v chromium-browser)" "$@"
