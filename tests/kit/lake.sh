#!/bin/bash
# lake.sh CAPMODEL : what query engines make of charges: the official focus-validator judges those of a report and of reports that
# are wrong, and DuckDB adds up a fleet of 200 clusters and 12 months that was delivered. Prints what was seen.
. "$(dirname "$0")/lib.sh"
[ $# = 1 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
need lake
PYTHONPATH=$BIN/lake exec "$(python_of 12)" -s "$kit/lake/check.py" "$1"
