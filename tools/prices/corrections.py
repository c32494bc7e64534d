"""Errors of the sources, corrected; each with its reason. SOURCES.md beside the tables tells them in words."""

import re
from collections import defaultdict
from decimal import Decimal

from table import number

# Accelerators that the lists count as none. AWS: "Amazon EC2 accelerated computing instances"; a fraction of an
# accelerator counts as one. Azure: "GPU accelerated virtual machine sizes".
AWS_ACCELERATORS = {
    "g2.2xlarge": (1, "k520"), "g2.8xlarge": (4, "k520"),
    "g3s.xlarge": (1, "m60"), "g3.4xlarge": (1, "m60"), "g3.8xlarge": (2, "m60"), "g3.16xlarge": (4, "m60"),
    "p2.xlarge": (1, "k80"), "p2.8xlarge": (8, "k80"), "p2.16xlarge": (16, "k80"),
    "p3.2xlarge": (1, "v100"), "p3.8xlarge": (4, "v100"), "p3.16xlarge": (8, "v100"),
}
AWS_FRACTIONS = re.compile(r"^(g6f|gr6f)\.")
AZURE_ACCELERATORS = re.compile(r"^Standard_N[VG]\d+[a-z]+_V\d{3}_v\d$")

# Memory in GiB that a list has wrong. Azure: "Bv1-series", "Dv2 and DSv2-series"; AWS: "Amazon EC2 previous generation".
MEMORY = {
    ("azure", "Standard_B1ls"): "0.5",
    ("azure", "Standard_D1"): "3.5", ("azure", "Standard_D1_v2"): "3.5",
    ("azure", "Standard_DS1"): "3.5", ("azure", "Standard_DS1_v2"): "3.5",
    ("aws", "r3.large"): "15.25",
}

# The Windows licence per vCPU and hour, which some Azure rows carry (OpenCost issue 2906).
WINDOWS_LICENCE = Decimal("0.046")
WITH_WINDOWS = re.compile(r"^Standard_([DE])(\d+)(?:-\d+)?(ad?s)_v5$")
# Where every size of a family carries it, so that its siblings do not show it.
ALL_WINDOWS = {("malaysiawest", "Das")}

# An eighth of the smaller family's price: no true price is known.
DROPPED = re.compile(r"^Standard_F\d+ams_v6$"), "newzealandnorth"


def apply(provider: str, rows: list) -> list:
    """The rows with every known error corrected; rows without a true price are left out."""
    for one in rows:
        name = one["instance_type"]
        one["memory_gib"] = MEMORY.get((provider, name), one["memory_gib"])
        if provider == "aws" and name in AWS_ACCELERATORS:
            count, model = AWS_ACCELERATORS[name]
            one["gpu_count"], one["gpu_name"] = str(count), model
        elif one["gpu_count"] == "0" and (
            (provider == "aws" and AWS_FRACTIONS.match(name)) or (provider == "azure" and AZURE_ACCELERATORS.match(name))
        ):
            one["gpu_count"] = "1"
        elif (provider, name) == ("azure", "Standard_ND96is_MI300X_v5"):
            one["gpu_count"] = "8"
    if provider != "azure":
        return rows
    without_windows(rows)
    pattern, region = DROPPED
    return [one for one in rows if not (one["region"] == region and pattern.match(one["instance_type"]))]


def without_windows(rows: list) -> None:
    """Subtracts the licence where a size lies exactly one licence above the cheapest rate of its family and region."""
    families = defaultdict(list)
    for one in rows:
        if match := WITH_WINDOWS.match(one["instance_type"]):
            families[one["region"], match[1] + match[3]].append((one, int(match[2])))
    for key, members in families.items():
        rate = {id(one): Decimal(one["ondemand_usd_per_hour"]) / vcpu for one, vcpu in members}
        lowest = min(rate.values())
        for one, vcpu in members:
            if key in ALL_WINDOWS or abs(rate[id(one)] - lowest - WINDOWS_LICENCE) < Decimal("0.002"):
                one["ondemand_usd_per_hour"] = number(Decimal(one["ondemand_usd_per_hour"]) - WINDOWS_LICENCE * vcpu)
