"""Control groups, of either version: a CPU quota, and the kernel's counters."""

import contextlib
import os
import time
from pathlib import Path

PERIOD_US = 100_000  # of Kubernetes
PARENT = "capmodel-bench"


def mounts(text: str) -> tuple[dict[str, Path], Path | None]:
    """Mount points of the controllers of version 1 and of version 2, from /proc/mounts."""
    first, second = {}, None
    for line in text.splitlines():
        _, path, kind, options, *_ = line.split()
        if kind == "cgroup":
            for controller in options.split(","):
                first.setdefault(controller, Path(path))
        elif kind == "cgroup2":
            second = second or Path(path)
    return first, second


class Version1:
    """Each controller has a hierarchy of its own, or shares one."""

    name = "v1"

    def __init__(self, roots: dict[str, Path], group: str):
        self.folders = {c: roots[c] / PARENT / group for c in ("cpu", "cpuacct", "memory")}
        self.all_groups = roots["cpuacct"]
        for folder in self.folders.values():
            folder.mkdir(parents=True, exist_ok=True)

    def limit(self, cores: float | None) -> None:
        cpu = self.folders["cpu"]
        (cpu / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (cpu / "cpu.cfs_quota_us").write_text(str(-1 if cores is None else round(cores * PERIOD_US)))

    def counters(self) -> dict[str, Path]:
        cpu, acct, memory = (self.folders[c] for c in ("cpu", "cpuacct", "memory"))
        return {
            "cpu": acct / "cpuacct.usage",
            "quota": cpu / "cpu.stat",
            "memory": memory / "memory.usage_in_bytes",
            "memory_stat": memory / "memory.stat",
            # Nanoseconds that each core has run processes of any group: /proc/stat samples by ticks, which interfere with the period of a quota.
            "cores": self.all_groups / "cpuacct.usage_percpu",
        }

    @staticmethod
    def read(texts: dict[str, str]) -> dict[str, float]:
        quota, memory = table(texts["quota"]), table(texts["memory_stat"])
        return {
            "cpu_seconds": int(texts["cpu"]) / 1e9,
            "periods": quota["nr_periods"],
            "throttled_periods": quota["nr_throttled"],
            "throttled_seconds": quota["throttled_time"] / 1e9,
            "memory_bytes": working_set(int(texts["memory"]), memory["total_inactive_file"]),
            "anonymous_bytes": memory["total_rss"],
        }


class Version2:
    """A single hierarchy, in which a controller must be enabled in the parent group."""

    name = "v2"

    def __init__(self, root: Path, group: str):
        for folder in (root, root / PARENT):
            folder.mkdir(exist_ok=True)
            (folder / "cgroup.subtree_control").write_text("+cpu +memory")
        self.folder = root / PARENT / group
        self.folder.mkdir(exist_ok=True)
        self.folders = {"": self.folder}

    def limit(self, cores: float | None) -> None:
        quota = "max" if cores is None else round(cores * PERIOD_US)
        (self.folder / "cpu.max").write_text(f"{quota} {PERIOD_US}")

    def counters(self) -> dict[str, Path]:
        return {
            "cpu": self.folder / "cpu.stat",
            "memory": self.folder / "memory.current",
            "memory_stat": self.folder / "memory.stat",
        }

    @staticmethod
    def read(texts: dict[str, str]) -> dict[str, float]:
        cpu, memory = table(texts["cpu"]), table(texts["memory_stat"])
        return {
            "cpu_seconds": cpu["usage_usec"] / 1e6,
            "periods": cpu["nr_periods"],
            "throttled_periods": cpu["nr_throttled"],
            "throttled_seconds": cpu["throttled_usec"] / 1e6,
            "memory_bytes": working_set(int(texts["memory"]), memory["inactive_file"]),
            "anonymous_bytes": memory["anon"],
        }


def open_group(group: str):
    """The group with this name, created if it is missing, under the version that has the CPU controller."""
    first, second = mounts(Path("/proc/mounts").read_text())
    if second and "cpu" in (second / "cgroup.controllers").read_text().split():
        return Version2(second, group)
    missing = [c for c in ("cpu", "cpuacct", "memory") if c not in first]
    if missing:
        raise SystemExit(f"no control group has the controllers {', '.join(missing)}: /proc/mounts")
    return Version1(first, group)


def enter(group) -> None:
    """Moves this process, and all processes that it starts later, into the group."""
    for folder in group.folders.values():
        (folder / "cgroup.procs").write_text(str(os.getpid()))


def members(group) -> list[int]:
    return sorted({int(pid) for folder in group.folders.values() for pid in (folder / "cgroup.procs").read_text().split()})


def remove(group) -> None:
    """Removes an empty group; the kernel may need a moment after the last process has gone."""
    for folder in group.folders.values():
        for _ in range(50):
            try:
                folder.rmdir()
                break
            except OSError:
                time.sleep(0.02)
        # The parent is removed with its last group.
        with contextlib.suppress(OSError):
            folder.parent.rmdir()


def table(text: str) -> dict[str, int]:
    return {key: int(value) for key, value in (line.split() for line in text.splitlines())}


def working_set(usage: int, inactive_file: int) -> int:
    """Working set as defined by the kubelet: usage less inactive page cache."""
    return max(0, usage - inactive_file)
