"""AWS: on-demand list prices by region, shapes by type, spot as a published percentage."""

import json
import re
from decimal import Decimal

from table import SourceError, row

# Families with Graviton processors, for the few types that the list of shapes lacks.
GRAVITON = re.compile(r"^(a1|[a-z]+[0-9]+g[a-z]*|hpc[0-9]+g|x2g[a-z]*|im4gn|is4gen)$")
NOT_GRAVITON = re.compile(r"^(g|p|gr)[0-9]+[a-z]*$")


def rows(texts: dict):
    """`shapes` (Markdown), `ondemand` (JSON, one per region), `newer` (Go, overrides it), `spot` (JSON) of `spot_date`."""
    shapes = read_shapes(texts["shapes"])
    prices, listed, dates = {}, {}, {}
    for text in texts["ondemand"]:
        read_on_demand(text, prices, listed, dates)
    newer = {}
    for text in texts["newer"]:
        read_newer(text, prices, newer)
    spot = json.loads(texts["spot"])["spot_advisor"]
    out = []
    for region, types in prices.items():
        for name, price in types.items():
            if "metal" in name:
                continue
            shape = shapes.get(name) or listed.get(name)
            if shape is None:
                continue
            arch, vcpu, memory, gpu_count, gpu_name = shape
            saving = spot.get(region, {}).get("Linux", {}).get(name, {}).get("s")
            derived = price * (1 - Decimal(saving) / 100) if saving is not None else None
            out.append(row("aws", region, name, arch, vcpu, memory, gpu_count, gpu_name, price,
                           derived if derived is not None and 0 < derived < price else None))
    marks = []
    for region in prices:
        date, source = (newer[region], "AWS price list via karpenter-provider-aws") if region in newer else (dates[region], "AWS price list via ec2.shop")
        marks.append({"provider": "aws", "region": region, "ondemand_date": date, "ondemand_source": source,
                      "spot_basis": "advisor-percentage", "spot_date": texts["spot_date"]})
    return out, marks


def read_shapes(markdown: str) -> dict:
    """Type → architecture, vCPU, GiB, accelerators, their name, from the list of labels per type."""
    labels, current = {}, None
    for line in markdown.splitlines():
        if heading := re.match(r"### `(.+)`", line):
            current = labels.setdefault(heading[1], {})
        elif current is not None and (cell := re.match(r"\s*\|([^|]+)\|([^|]+)\|", line)):
            current[cell[1].strip()] = cell[2].strip()
    prefix = "karpenter.k8s.aws/instance-"
    shapes = {}
    for name, of in labels.items():
        if prefix + "cpu" in of:
            shapes[name] = (of["kubernetes.io/arch"], int(of[prefix + "cpu"]), Decimal(of[prefix + "memory"]) / 1024,
                            int(of.get(prefix + "gpu-count") or 0), of.get(prefix + "gpu-name", ""))
    if not shapes:
        raise SourceError("aws.shapes: no type is listed: its form has changed")
    return shapes


def read_on_demand(text: str, prices: dict, listed: dict, dates: dict) -> None:
    """The Linux prices of one published price list of a region."""
    document = json.loads(text)
    manifest = document["manifest"]
    if manifest["currencyCode"] != "USD":
        return
    for region, items in document["regions"].items():
        dates[region] = manifest.get("hawkFilePublicationDate", "")[:10]
        for item in items.values():
            price = Decimal(item["price"])
            if item.get("Operating System") != "Linux" or price <= 0:
                continue
            name = item["Instance Type"]
            family = name.split(".")[0]
            arch = "arm64" if GRAVITON.match(family) and not NOT_GRAVITON.match(family) or family == "g5g" else "amd64"
            memory = Decimal(item["Memory"].replace(",", "").split()[0])
            listed[name] = (arch, int(item["vCPU"]), memory, int(item.get("GPU") or 0), "")
            prices.setdefault(region, {})[name] = price


def read_newer(text: str, prices: dict, newer: dict) -> None:
    """A generated Go table of newer prices: `"region": {` and then `"type": price` pairs."""
    made = re.search(r"generated at (\S+?)T", text)
    if made is None:
        raise SourceError("aws.newer: it does not say when it was generated: its form has changed")
    region = None
    for line in text.splitlines():
        if heading := re.match(r'\s*"([a-z]{2}(?:-gov)?-[a-z]+-\d)": \{', line):
            region = heading[1]
            newer[region] = made[1]
        for name, price in re.findall(r'"([a-z0-9-]+\.[a-z0-9-]+)": ([\d.]+)', line):
            if region and Decimal(price) > 0:
                prices.setdefault(region, {})[name] = Decimal(price)
