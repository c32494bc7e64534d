"""The machine: its properties, its suitability, and its other load during the measurement."""

import json
import os
import platform
import subprocess
from pathlib import Path

from harness import interpreter

TICKS = os.sysconf("SC_CLK_TCK")


def cores(service: str | None, generator: str | None) -> tuple[set[int], set[int]]:
    """By default, the last core generates load and the others serve."""
    there = sorted(os.sched_getaffinity(0))
    if len(there) < 2:
        raise SystemExit("two cores are needed: one for the service, one for the generator")
    sending = cpu_list(generator) if generator else {there[-1]}
    serving = cpu_list(service) if service else set(there) - sending
    if not serving or serving & sending or not (serving | sending) <= set(there):
        raise SystemExit(f"the service's cores {serving} and the generator's {sending} must differ and be among {there}")
    return serving, sending


def cpu_list(text: str) -> set[int]:
    """`0-2,5`"""
    chosen = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        chosen |= set(range(int(low), int(high or low) + 1))
    return chosen


def facts(python: str, version: str) -> dict:
    """Properties of the machine that are needed to compare its results with those of another one."""
    model = [line.split(":", 1)[1].strip() for line in text("/proc/cpuinfo").splitlines() if line.startswith("model name")]
    ask = "import sys, sysconfig; print(sys.version.split()[0]); print(sysconfig.get_config_var('CONFIG_ARGS'))"
    python_version, built = output(python, "-c", ask).split("\n", 1)
    return {
        "cpu": model[0] if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
        "hypervisor": "hypervisor" in text("/proc/cpuinfo"),
        "cgroup": version,
        "clock": text("/sys/devices/system/clocksource/clocksource0/current_clocksource").strip(),
        "idle_governor": text("/sys/devices/system/cpu/cpuidle/current_governor").strip(),
        "bandwidth_slice_us": int(text("/proc/sys/kernel/sched_cfs_bandwidth_slice_us") or 0),
        "load_average": os.getloadavg()[0],
        "go": output("go", "env", "GOVERSION").strip(),
        "python": python_version,
        # Debian's packages are optimized by their build rules; for others the arguments of `configure` decide.
        "python_optimized": interpreter.SUITE in python or "--enable-optimizations" in built,
    }


def text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Watch:
    """A thread pinned to one core that measures how late it wakes up from sleep."""

    def __init__(self, generator: Path, core: int):
        self.process = subprocess.Popen(
            [str(generator), "watch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )  # fmt: skip

    def end(self) -> dict:
        out, _ = self.process.communicate()
        return json.loads(out)


def core_times(stat: str, cores: str | None, chosen: set[int]) -> dict[str, float]:
    """The seconds that these cores ran processes and interrupts, and that the hypervisor took from them: from /proc/stat, and
    for processes from the exact nanoseconds per core where control groups have them."""
    processes = interrupts = steal = 0
    for line in stat.splitlines():
        name, *fields = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in chosen:
            user, nice, system, _, _, irq, softirq, stolen, *_ = map(int, fields)
            processes += user + nice + system
            interrupts += irq + softirq
            steal += stolen
    exact = [int(text) for text in (cores or "").split()]
    ran = sum(exact[core] for core in chosen) / 1e9 if exact else processes / TICKS
    return {"processes": ran, "interrupts": interrupts / TICKS, "steal": steal / TICKS}
