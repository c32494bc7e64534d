"""Corrections of errors in the sources, each with its reason. SOURCES.md next to the tables describes them."""

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
    "dl1.24xlarge": (8, "gaudi"), "dl2q.24xlarge": (8, "qualcomm-ai100"),
    "f1.2xlarge": (1, "fpga"), "f1.4xlarge": (2, "fpga"), "f1.16xlarge": (8, "fpga"),
    "f2.6xlarge": (1, "fpga"), "f2.12xlarge": (2, "fpga"), "f2.48xlarge": (8, "fpga"),
    "inf1.xlarge": (1, "inferentia"), "inf1.2xlarge": (1, "inferentia"), "inf1.6xlarge": (4, "inferentia"),
    "inf1.24xlarge": (16, "inferentia"),
    "inf2.xlarge": (1, "inferentia2"), "inf2.8xlarge": (1, "inferentia2"), "inf2.24xlarge": (6, "inferentia2"),
    "inf2.48xlarge": (12, "inferentia2"),
    "trn1.2xlarge": (1, "trainium"), "trn1.32xlarge": (16, "trainium"), "trn1n.32xlarge": (16, "trainium"),
    "trn2.48xlarge": (16, "trainium2"),
    "vt1.3xlarge": (1, "alveo-u30"), "vt1.6xlarge": (2, "alveo-u30"), "vt1.24xlarge": (8, "alveo-u30"),
}
# Google: "GPU machine types", G4 with RTX PRO 6000; a fraction of one counts as one.
GCP_G4 = {6: 1, 12: 1, 24: 1, 48: 1, 96: 2, 192: 4, 384: 8}
AWS_FRACTIONS = re.compile(r"^(g6f|gr6f)\.")
AZURE_ACCELERATORS = re.compile(r"^Standard_N[VG]\d+[a-z]+_V\d{3}_v\d$")

# Memory in GiB of types for which a list is wrong. Azure: "Bv1-series", "Dv2 and DSv2-series"; AWS: "Amazon EC2 previous generation".
MEMORY = {
    ("azure", "Standard_B1ls"): "0.5",
    ("azure", "Standard_D1"): "3.5", ("azure", "Standard_D1_v2"): "3.5",
    ("azure", "Standard_DS1"): "3.5", ("azure", "Standard_DS1_v2"): "3.5",
    ("azure", "Standard_M8ms"): "218.75", ("azure", "Standard_M8-2ms"): "218.75", ("azure", "Standard_M8-4ms"): "218.75",
    ("azure", "Standard_M16ms"): "437.5", ("azure", "Standard_M16-4ms"): "437.5", ("azure", "Standard_M16-8ms"): "437.5",
    ("aws", "r3.large"): "15.25",
}

# Azure's constrained sizes sell fewer cores than they bill: E16-4as_v5 bills 16 and has 4 ("Constrained vCPU capable VM
# sizes"). The lists have the billed cores.
CONSTRAINED = re.compile(r"^Standard_[A-Z]+\d+-(\d+)")

# The Windows licence per vCPU and hour, which some Azure rows carry (OpenCost issue 2906).
WINDOWS_LICENCE = Decimal("0.046")
WITH_WINDOWS = re.compile(r"^Standard_([DE])(\d+)(?:-\d+)?(ad?s)_v5$")
# Families of which every size includes it, so that a comparison within the family does not show it.
ALL_WINDOWS = {("malaysiawest", "Das")}

# Prices that are an eighth of the smaller family's; the correct prices are unknown.
DROPPED = re.compile(r"^Standard_F\d+ams_v6$"), "newzealandnorth"


def apply(provider: str, rows: list) -> list:
    """The rows with every known error corrected; rows without a correct price are left out."""
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
        elif provider == "gcp" and (match := re.match(r"^g4-standard-(\d+)$", name)):
            one["gpu_count"], one["gpu_name"] = str(GCP_G4[int(match[1])]), "rtx-pro-6000"
        if provider == "azure" and (match := CONSTRAINED.match(name)):
            one["vcpu"] = match[1]
    if provider != "azure":
        return rows
    without_windows(rows)
    pattern, region = DROPPED
    return [one for one in rows if not (one["region"] == region and pattern.match(one["instance_type"]))]


def without_windows(rows: list) -> None:
    """Subtracts the licence if a size is exactly one licence above the cheapest rate of its family and region."""
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
