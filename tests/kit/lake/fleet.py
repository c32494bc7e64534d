"""A fleet of delivered reports, and whether the sums of a query engine are those of its reports. Needs Python alone."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
SNAPSHOT = REPOSITORY / "fixtures/report/small.json"
PRICES = REPOSITORY / "fixtures/report/prices.csv"

CLUSTERS, MONTHS = 200, [f"2026-{month:02}" for month in range(1, 13)]


def report(capmodel, snapshot, *flags):
    """What `capmodel report` prints."""
    command = [capmodel, "report", str(snapshot), "--prices", str(PRICES), *flags]
    environment = {"SOURCE_DATE_EPOCH": "1798000000"}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.returncode}\n{done.stderr.decode()}")
    return done.stdout


def fleet(capmodel, folder):
    """Delivers a report for each cluster and month, and for one month a second one; the clusters differ in size."""
    cluster = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    lake = folder / "lake"
    lake.mkdir()

    def month_of(number, month, more=0):
        snapshot = {**cluster, "taken_at": f"{month}-24T08:00:00Z"}
        name = f"cluster-{number:03}"
        snapshot["cluster"] = {**cluster["cluster"], "name": name, "uid": name}
        volumes = snapshot["volumes"] = json.loads(json.dumps(cluster["volumes"]))
        for volume in volumes:
            volume["capacity"] += number + more << 30
        path = folder / f"{name}-{month}.json"
        path.write_text(json.dumps(snapshot), encoding="utf-8")
        report(capmodel, path, "--month", month, "--format", "parquet", "--deliver", str(lake))
        path.unlink()

    with ThreadPoolExecutor(2) as pool:
        for month in MONTHS:
            list(pool.map(lambda number: month_of(number, month), range(CLUSTERS)))
    month_of(0, MONTHS[0], more=1000)
    return lake


def differences(lake, found):
    """What differs between sums by cluster and month and the totals of the reports; empty if nothing does."""
    told = {}
    # Of several reports of a month the last counts: report.json, report-2.json
    for path in sorted(lake.glob("cluster=*/month=*/report*.json"), key=lambda path: len(path.name)):
        document = json.loads(path.read_text(encoding="utf-8"))
        told[document["cluster"]["name"], path.parent.name.removeprefix("month=")] = Decimal(document["cost"])
    if not (lake / f"cluster=cluster-000/month={MONTHS[0]}/report-2.parquet").exists():
        return "the second report of a month was not stored"
    if len(told) != CLUSTERS * len(MONTHS) or found != told or len(set(told.values())) < CLUSTERS:
        return f"{len(found)} sums differ from {len(told)} reports"
    return ""
