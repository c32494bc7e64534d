#!/usr/bin/env python3
"""Makes the price tables of profiles/prices from their public sources.

    python3 tools/prices/build.py --sources tools/prices/sources.toml --out profiles/prices

Needs Python 3.11 or later and nothing else. Each source is a local file or a URL; README.md beside this file says what it is.
A row that cannot be right, or a source whose form has changed, ends the run with its name; no table is then written.
"""

import argparse
import csv
import io
import sys
import tomllib
import urllib.request
from pathlib import Path

import aws
import azure
import corrections
import gcp
from table import DATE_COLUMNS, SourceError, TABLE_COLUMNS, check, sort_key

PROVIDERS = {"aws": aws.rows, "gcp": gcp.rows, "azure": azure.rows}


def read(place: str, base: Path) -> str:
    """The text of a local file (relative to the list of sources) or of a URL."""
    if place.startswith(("https://", "http://")):
        with urllib.request.urlopen(place, timeout=120) as answer:
            return answer.read().decode("utf-8")
    return (base / place).read_text(encoding="utf-8")


def build(provider: str, sources: dict, base: Path):
    """The corrected rows and the dates of one provider."""
    texts = {}
    for name, place in sources.items():
        if name.endswith("_date"):
            texts[name] = str(place)
            continue
        try:
            texts[name] = [read(one, base) for one in place] if isinstance(place, list) else read(place, base)
        except OSError as error:
            raise SourceError(f"{provider}.{name}: cannot read {place}: {error}") from error
    rows, dates = PROVIDERS[provider](texts)
    rows = sorted(corrections.apply(provider, rows), key=sort_key)
    check(provider, rows, dates)
    return rows, dates


def csv_text(columns, rows) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row[column] for column in columns] for row in rows)
    return out.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, required=True, help="a TOML file that names each source")
    parser.add_argument("--out", type=Path, required=True, help="the folder that the tables are written to")
    parser.add_argument("--only", choices=sorted(PROVIDERS), help="make the table of one provider")
    arguments = parser.parse_args()
    try:
        listed = tomllib.loads(arguments.sources.read_text(encoding="utf-8"))
        wanted = [arguments.only] if arguments.only else [name for name in PROVIDERS if name in listed]
        made = {name: build(name, listed[name], arguments.sources.parent) for name in wanted}
    except KeyError as error:
        print(f"error: {arguments.sources} has no section [{error.args[0]}]", file=sys.stderr)
        return 3
    except (OSError, SourceError, tomllib.TOMLDecodeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    dates = arguments.out / "price-dates.csv"
    kept = []
    if dates.exists():
        with dates.open(encoding="utf-8", newline="") as file:
            kept = [row for row in csv.DictReader(file) if row["provider"] not in made]
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, (rows, _) in made.items():
        (arguments.out / f"{name}.csv").write_text(csv_text(TABLE_COLUMNS, rows), encoding="utf-8")
        print(f"{name}: {len(rows)} rows, {len({r['region'] for r in rows})} regions, {len({r['instance_type'] for r in rows})} types")
    order = list(PROVIDERS)
    all_dates = kept + [row for _, new in made.values() for row in new]
    all_dates.sort(key=lambda row: (order.index(row["provider"]), row["region"]))
    dates.write_text(csv_text(DATE_COLUMNS, all_dates), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
