#!/bin/bash
# spark.sh CAPMODEL : Spark adds up a fleet of 200 clusters and 12 months that was delivered, and capmodel stored the months, both to the
# cent as the reports have them. Needs Java 17 or later, and takes three minutes. Prints what was seen.
. "$(dirname "$0")/lib.sh"
[ $# = 1 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
command -v java >/dev/null || { echo "Spark needs Java 17 or later (Debian: apt-get install openjdk-17-jre-headless)" >&2; exit 1; }
need spark
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$BIN/spark exec python3 -s "$kit/lake/spark.py" "$1"
