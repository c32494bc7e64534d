"""Google Cloud: on-demand and spot list prices of predefined machine types, and their shapes."""

import csv
import json
import re

from table import row

ARM = re.compile(r"^(t2a|c4a|n4a|a4x)-")
# Accelerators that are part of the type, by its name (Google, "GPU machine types").
L4_COUNTS = {4: 1, 8: 1, 12: 1, 16: 1, 24: 2, 32: 1, 48: 4, 96: 8}
ACCELERATORS = (
    (re.compile(r"^a2-(?:highgpu|ultragpu|megagpu)-(\d+)g"), "a100"),
    (re.compile(r"^a3-(?:highgpu|megagpu|edgegpu)-(\d+)g"), "h100"),
    (re.compile(r"^a3-ultragpu-(\d+)g"), "h200"),
    (re.compile(r"^a4-highgpu-(\d+)g"), "b200"),
)


def rows(texts: dict):
    """`prices` (JSON by region) of `prices_date`, and `shapes` (CSV with semicolons)."""
    document = json.loads(texts["prices"])
    shapes = {one["NAME"]: (int(one["CPUS"]), one["MEMORY_GB"])
              for one in csv.DictReader(texts["shapes"].splitlines(), delimiter=";")}
    date = texts["prices_date"]
    out, marks = [], []
    for region, prices in document["prices"].items():
        spot = prices.get("spot", {})
        for name, price in prices["on_demand"].items():
            if "metal" in name or name not in shapes or price <= 0:
                continue
            vcpu, memory = shapes[name]
            count, model = accelerators(name)
            rate = spot.get(name)
            out.append(row("gcp", region, name, "arm64" if ARM.match(name) else "amd64", vcpu, memory, count, model, price,
                           rate if rate and 0 < rate < price else None))
        marks.append({"provider": "gcp", "region": region, "ondemand_date": date,
                      "ondemand_source": "Google Cloud price list via karpenter-provider-gcp", "spot_basis": "list", "spot_date": date})
    return out, marks


def accelerators(name: str):
    if match := re.match(r"^g2-standard-(\d+)$", name):
        return L4_COUNTS[int(match[1])], "l4"
    for pattern, model in ACCELERATORS:
        if match := pattern.match(name):
            return int(match[1]), model
    return 0, ""
