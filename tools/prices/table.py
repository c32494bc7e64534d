"""The format of a price table, and the checks of every row."""

from decimal import Decimal, InvalidOperation

TABLE_COLUMNS = (
    "provider", "region", "instance_type", "arch", "vcpu", "memory_gib", "gpu_count", "gpu_name",
    "ondemand_usd_per_hour", "spot_usd_per_hour",
)
DATE_COLUMNS = ("provider", "region", "ondemand_date", "ondemand_source", "spot_basis", "spot_date")


class SourceError(Exception):
    """A source that cannot be read or whose format has changed."""


def number(value) -> str:
    """At most six decimals, no exponent, no trailing zeros."""
    text = f"{Decimal(str(value)).quantize(Decimal('0.000001')).normalize():f}"
    return "0" if text == "-0" else text


def row(provider, region, instance_type, arch, vcpu, memory_gib, gpu_count, gpu_name, on_demand, spot) -> dict:
    """One row; `spot` is None where the provider publishes none."""
    return {
        "provider": provider, "region": region, "instance_type": instance_type, "arch": arch, "vcpu": str(vcpu),
        "memory_gib": number(memory_gib), "gpu_count": str(gpu_count), "gpu_name": gpu_name,
        "ondemand_usd_per_hour": number(on_demand), "spot_usd_per_hour": "" if spot is None else number(spot),
    }


def sort_key(one: dict):
    return one["region"], one["instance_type"]


def check(provider: str, rows: list, dates: list) -> None:
    """Raises an error at the first implausible row."""
    if not rows:
        raise SourceError(f"{provider}: the sources give no rows: their form has changed")
    dated = {one["region"] for one in dates}
    seen, shapes = set(), {}
    for one in rows:
        name = f"{provider} {one['region']} {one['instance_type']}"
        try:
            price = Decimal(one["ondemand_usd_per_hour"])
            spot = Decimal(one["spot_usd_per_hour"] or "0")
            memory, vcpu = Decimal(one["memory_gib"]), int(one["vcpu"])
        except (InvalidOperation, ValueError) as error:
            raise SourceError(f"{name}: a number is expected: {error}") from error
        if price <= 0 or not 0 <= spot <= price:
            raise SourceError(f"{name}: on-demand {price} and spot {spot} cannot be right")
        if memory <= 0 or vcpu <= 0:
            raise SourceError(f"{name}: {vcpu} vCPU and {memory} GiB cannot be right")
        if one["gpu_name"] and int(one["gpu_count"]) == 0:
            raise SourceError(f"{name}: it names the accelerator {one['gpu_name']} and counts none")
        if sort_key(one) in seen:
            raise SourceError(f"{name}: the row is there twice")
        seen.add(sort_key(one))
        if one["region"] not in dated:
            raise SourceError(f"{name}: its region has no date")
        shape = (one["arch"], one["vcpu"], one["memory_gib"], one["gpu_count"], one["gpu_name"])
        if shapes.setdefault(one["instance_type"], shape) != shape:
            raise SourceError(f"{name}: the type has another shape elsewhere")
