"""spark.py CAPMODEL: a fleet of delivered charges under Spark: examples/fleet.py adds it up, and `capmodel stored` the months. Ends
with an error where a sum is not that of the reports."""

import json
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

from fleet import MONTHS, REPOSITORY, differences, fleet

sys.path.insert(0, str(REPOSITORY / "examples"))
from fleet_spark import costs, session  # noqa: E402


def stored(capmodel, lake):
    """The months as `capmodel stored` adds them up."""
    command = [capmodel, "stored", str(lake), "--month", MONTHS[-1], "--months", str(len(MONTHS)), "--format", "json"]
    done = subprocess.run(command, capture_output=True, env={}, check=True)
    return {one["month"]: Decimal(one["cost"]) for one in json.loads(done.stdout)["months"]}


def main():
    capmodel = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        lake = fleet(capmodel, Path(scratch))
        spark = session()
        found = {(row.cluster, row.month): row.cost for row in costs(spark, str(lake)).collect()}
        spark.stop()
        wrong = differences(lake, found)
        if wrong:
            sys.exit(f"Spark: {wrong}")
        months = {month: sum(cost for (_, at), cost in found.items() if at == month) for month in MONTHS}
        if stored(capmodel, lake) != months:
            sys.exit("capmodel stored adds up other months than Spark")
    total = sum(found.values())
    print(f"Spark: {len(found)} sums, {total} USD, each as its report has it; capmodel stored has the same {len(months)} months")


main()
