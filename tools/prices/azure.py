"""Azure: on-demand list prices by region, and shapes by size."""

import re
from decimal import Decimal

from table import SourceError, row

SHAPE = re.compile(
    r'InstanceType: "([^"]+)",\s*SkuFamily:\s*"[^"]*",\s*VCPU:\s*(\d+),\s*MemoryMb:\s*(\d+),\s*GPU:\s*(\d+),\s*'
    r'Architecture: "([^"]*)"'
)
FAMILY = re.compile(r"^Standard_([DEF])(\d+)([a-z]*)_v([5-7])$")


def rows(texts: dict):
    """`prices` (a generated Go table) and `shapes` (Go)."""
    shapes = {m[1]: (m[5] or "amd64", int(m[2]), Decimal(m[3]) / 1024, int(m[4])) for m in SHAPE.finditer(texts["shapes"])}
    if not shapes:
        raise SourceError("azure.shapes: no size is listed: its form has changed")
    made = re.search(r"generated at (\S+?)T", texts["prices"])
    if made is None:
        raise SourceError("azure.prices: it does not say when it was generated: its form has changed")
    out, regions, region = [], [], None
    for line in texts["prices"].splitlines():
        if heading := re.match(r'\s*initialOnDemandPrices\["([^"]+)"\]', line):
            region = heading[1]
            regions.append(region)
        elif region and (entry := re.match(r'\s*"([^"]+)":\s*([\d.]+),', line)):
            name, price = entry[1], Decimal(entry[2])
            shape = shapes.get(name) or by_family(name)
            if shape is not None and price > 0:
                arch, vcpu, memory, gpus = shape
                out.append(row("azure", region, name, arch, vcpu, memory, gpus, "", price, None))
    marks = [{"provider": "azure", "region": one, "ondemand_date": made[1],
              "ondemand_source": "Azure price list via karpenter-provider-azure", "spot_basis": "none", "spot_date": ""} for one in regions]
    return out, marks


def by_family(name: str):
    """The shape of a D, E or F size of versions 5 to 7 that is not listed yet, with the family's memory per vCPU."""
    match = FAMILY.match(name)
    if match is None:
        return None
    family, vcpu, letters = match[1], int(match[2]), match[3]
    arm = "p" in letters
    if vcpu not in (2, 4, 8, 16, 32, 48, 64) or (arm and vcpu >= 32):
        return None
    if family == "D":
        ratio = 2 if "l" in letters else 4
    elif family == "E":
        ratio = 8
    elif "a" in letters:
        ratio = 2 if "l" in letters else 8 if "m" in letters else 4
    else:
        return None
    return "arm64" if arm else "amd64", vcpu, Decimal(vcpu * ratio), 0
