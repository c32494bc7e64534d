"""What was told and what was measured, side by side, and which bounds are not met."""

import re

BEGIN, END = "<!-- made by tests/kit/services/measure.py -->", "<!-- end of the real services -->"
NAMES = {"products": "FastAPI", "catalog": "Gin"}
RUNTIMES = {"products": ("python", "fastapi"), "catalog": ("go", "gin")}
# The bounds of what must be shown: CPU at a rate that was not in the fit, an image's bytes, and CPU and pods of the other style,
# which the page explains where it is beyond that (in bold).
CPU, IMAGE, STYLE = 0.10, 0.02, 0.25


def replace(path, text):
    """Puts the table where the last one is."""
    page = path.read_text()
    found = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    path.write_text(found.sub(lambda _: f"{BEGIN}\n{text}{END}", page))


def interval(numbers, unit, scale=1.0, form="{:.3g}"):
    low, mid, high = ("–" if numbers[key] is None else form.format(scale * numbers[key]) for key in ("low", "mid", "high"))
    return f"{mid} ({low}–{high}) {unit}"


def percent(told, measured):
    text = f"{100 * (told / measured - 1):+.0f}"
    return f"{'0' if float(text) == 0 else text} %".replace("-", "−")


class Rows:
    """The rows of the table, and what of them is beyond its bound."""

    def __init__(self):
        self.rows, self.missed = [], []

    def add(self, service, what, told, measured, off="", met=True):
        self.rows.append(f"| {service} | {what} | {told} | {measured} | {off} |")
        if not met:
            self.missed.append(f"{what} of {service}: {told}, measured {measured}")

    def compare(self, service, what, told, measured, off, met):
        """A row whose bound need not be met where the page explains the difference."""
        self.rows.append(f"| {service} | {what} | {told} | {measured} | {off if met else f'**{off}**'} |")


def make(raw):
    """The table, and what is not met."""
    services = {service["name"]: service for service in raw["report"]["running_services"]}
    rows = Rows()
    for name, title in NAMES.items():
        service, by_hand, twin = services[name], raw["by_hand"][name], raw["measured"][f"{name}-held-out"]
        runtime, profile = service["runtime"], service["profile"]
        told = f"{runtime['language']}, {runtime['framework']} ({runtime['confidence']})"
        evidence = ", ".join(f"`{it['name']}`" for it in runtime["evidence"])
        met = (runtime["language"], runtime["framework"]) == RUNTIMES[name]
        rows.add(title, "runtime and framework", told, f"by {evidence}", met=met)
        if profile["status"] != "calibrated":
            rows.add(title, "profile", profile["reason"], "", met=False)
            continue
        cpu, idle = profile["cpu_seconds_per_request"], profile["idle_cpu"]
        rows.add(title, f"CPU per request at {service['demand']['busy']['mid']:.0f} req/s", interval(cpu, "ms", 1e3), "")
        cores = idle["mid"] + twin["rate"] * cpu["mid"]
        off = cores / twin["cores"] - 1
        rows.add(title, f"cores at {twin['rate']:.0f} req/s, which the fit never saw", f"{cores:.4f}", f"{twin['cores']:.4f}",
                 percent(cores, twin["cores"]), abs(off) <= CPU)
        image = profile["image_size_bytes"]
        rows.add(title, "image", f"{image / 1e6:.1f} MB", f"{by_hand['image'] / 1e6:.1f} MB",
                 percent(image, by_hand["image"]), abs(image / by_hand["image"] - 1) <= IMAGE)
        start = profile["cold_start_seconds"]
        rows.add(title, "cold start", interval(start, "s"), f"{by_hand['start']:.2f} s", "",
                 start["low"] <= by_hand["start"] <= start["high"])
    measured = {service["name"]: service for service in raw["measured_profiles"]["running_services"]}
    for told, profiles in [(services, ", article's profiles"), (measured, ", measured profiles")]:
        style(rows, told, "go", "products", "catalog", profiles)
        style(rows, told, "python", "catalog", "products", profiles)
    text = "| service | what | told by `capmodel report` | measured | off |\n|---|---|--:|--:|--:|\n"
    text += "\n".join(rows.rows) + "\n\n" + rates(raw["by_rate"])
    return text, rows.missed


def style(rows, services, language, one, other, profiles):
    """A service in the other's language beside the other, which serves the same."""
    told, real = services[one]["styles"][language]["at"], services[other]["styles"][language]["at"]
    title = f"{NAMES[one]} in the style of {language.title()}, beside {NAMES[other]}{profiles}"
    if not (told["busy"]["feasible"] and real["busy"]["feasible"]):
        rows.add(title, "CPU per request", told["busy"].get("excuses"), real["busy"].get("excuses"), met=False)
        return
    cpu, seen = told["busy"]["cpu_seconds_per_request"], real["busy"]["cpu_seconds_per_request"]["plan"]
    spread = {"low": cpu["p05"], "mid": cpu["plan"], "high": cpu["p95"]}
    rows.compare(title, "CPU per request", interval(spread, "ms", 1e3), f"{1e3 * seen:.3g} ms",
                 percent(cpu["plan"], seen), abs(cpu["plan"] / seen - 1) <= STYLE)
    for demand, times in [("busy", "today's demand"), ("x2", "2×"), ("x10", "10×")]:
        pods, needed = told[demand]["pods"], real[demand]["pods"]["plan"]
        spread = {"low": pods["p05"], "mid": pods["plan"], "high": pods["p95"]}
        rows.compare(title, f"pods at {times}", interval(spread, "").strip(), needed, percent(pods["plan"], needed),
                     abs(pods["plan"] / needed - 1) <= STYLE)


def rates(by_rate):
    """What a request costs at other rates, which no report saw."""
    text = "| req/s of one pod | FastAPI, ms of CPU per request | Gin | FastAPI ÷ Gin |\n|--:|--:|--:|--:|\n"
    for row in by_rate:
        fastapi, gin = (1e3 * row[name]["cores"] / row[name]["rate"] for name in ("products", "catalog"))
        text += f"| {row['asked']:,} | {fastapi:.3f} | {gin:.3f} | {fastapi / gin:.1f} |\n"
    return text
