#!/usr/bin/env bash
# Prints the krew manifest of a release: .krew.yaml with its tag, its addresses and the checksums of its archives.
# Usage: manifest.sh TAG REPOSITORY_URL FOLDER, where FOLDER has capmodel-TAG-TARGET.tar.gz.sha256 of every target.
set -euo pipefail
tag=$1 repository=$2 folder=$3
edits=(-e "s|{tag}|$tag|g" -e "s|{homepage}|$repository|g" -e "s|{downloads}|$repository/releases/download/$tag|g")
for file in "$folder/capmodel-$tag-"*.tar.gz.sha256; do
  target=${file##*/capmodel-"$tag"-}
  read -r sum _ < "$file"
  edits+=(-e "s|{${target%.tar.gz.sha256}}|$sum|g")
done
manifest=$(sed "${edits[@]}" "$(dirname "$0")/../../.krew.yaml")
if missing=$(grep -E '^ .*"\{|/\{' <<< "$manifest"); then
  echo "no value for:" "$missing" >&2
  exit 1
fi
printf '%s\n' "$manifest"
