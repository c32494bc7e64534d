"""One window: the generator's numbers and the kernel's counters, as one row."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from harness import cells, machine, services

# Shares of the window. The 99th percentile is decided by one request in a hundred, so stalls of a fifth of that can change it.
MOST_STALLED = 0.002
MOST_LATE = 0.005  # the watching thread looks a thousand times in 10 s, so one late look is 0.001
MOST_STEAL = 0.01
# The service's cores as used by other processes. Control groups of version 2 have no exact count of all processes of a core; the
# ticks of /proc/stat are accurate to 1 to 3 % in a window of 10 s.
MOST_FOREIGN = 0.04
# Share of the generator's own limit: above it, the generator's own queue would show in the latencies.
MOST_OF_LIMIT = 0.5
# Share of the requests that may fail.
MOST_ERRORS = 0.001
# Connections that an open loop may have open at a time; beyond them requests wait in the generator, and their latency keeps counting.
OPEN_CONNECTIONS = 1024


@dataclass
class Bench:
    """Settings that all windows share."""

    services: services.Services
    serving: set[int]
    sending: set[int]
    seconds: float
    limits: dict[int, float] = field(default_factory=dict)

    @property
    def generator(self) -> Path:
        return self.services.generator()

    def send(self, kind: str, *options: str, counters: dict[str, Path], seconds: float, warm_up: float) -> dict:
        files = [f"--counter={name}={path}" for name, path in {**counters, "stat": "/proc/stat"}.items()]
        command = [str(self.generator), kind, f"--port={services.PORT}", f"--path={services.PATH}", *options, *files]
        command += [f"--window={seconds}s", f"--warm-up={warm_up}s"]
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, self.sending))
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")
        return json.loads(done.stdout)

    def limit(self, size: int) -> float:
        """Maximum requests per second of the generator for responses of this size, measured with the sink server."""
        rounded = 1 << max(8, (size - 1).bit_length())
        if rounded not in self.limits:
            sink = subprocess.Popen(
                [str(self.generator), "sink", f"--port={services.PORT}", f"--bytes={rounded}"],
                preexec_fn=lambda: os.sched_setaffinity(0, self.serving),
            )  # fmt: skip
            try:
                options = [f"--connections={cells.CONNECTIONS}"]
                result = self.send("closed", *options, counters={}, seconds=min(3.0, self.seconds), warm_up=0.5)
            finally:
                sink.terminate()
                sink.wait()
            self.limits[rounded] = result["rate_per_second"]
        return self.limits[rounded]


def window(bench: Bench, running: services.Running, setting: cells.Setting, load: str, rate: float, seed: int) -> dict:
    """One measurement of a running service: `load` is `open-0.48` or `closed-100`."""
    kind, _, number = load.partition("-")
    closed = kind == "closed"
    seconds = bench.seconds if closed else length(bench.seconds, rate)
    warm_up = min(2.0, bench.seconds)
    options = [f"--connections={number if closed else OPEN_CONNECTIONS}"]
    options += [] if closed else [f"--rate={rate}", f"--seed={seed}"]
    # PostgreSQL is on the generator's core, which must not spin there.
    options += ["--sleep"] if setting.work in cells.DATABASE else []
    watch = machine.Watch(bench.generator, min(bench.serving))
    try:
        out = bench.send(kind, *options, counters=running.group.counters(), seconds=seconds, warm_up=warm_up)
    finally:
        watched = watch.end()
    return {
        "connections": int(number) if closed else out["connections_peak"],
        "rate_asked": None if closed else rate,
        **row(bench, setting, out, running.group.read, watched),
        "resident_bytes": running.resident_bytes(),
    }


def length(seconds: float, rate: float) -> float:
    """Long enough for a thousand requests, of which ten are beyond the 99th percentile, but at most four times the usual length."""
    return min(max(seconds, 1000 / rate), 4 * seconds)


def row(bench: Bench, setting: cells.Setting, out: dict, read, watched: dict) -> dict:
    """The numbers of a window, from what the generator printed."""
    at = [read(out[when]) for when in ("at_start", "at_end")]
    used = {name: at[1][name] - at[0][name] for name in at[0]}
    times = [machine.core_times(out[when]["stat"], out[when].get("cores"), bench.serving) for when in ("at_start", "at_end")]
    seconds = out["window_seconds"]
    quota = cells.QUOTAS[setting.quota] or float(len(bench.serving))
    requests = out["completed_in_window"]
    of_cores = 1 / (seconds * len(bench.serving))
    result = {
        "seconds": seconds,
        "requests": requests,
        "rate": out["rate_per_second"],
        "cpu_seconds_per_request": used["cpu_seconds"] / requests if requests else None,
        "utilization": used["cpu_seconds"] / seconds / quota,
        "periods": used["periods"],
        "throttled_periods": used["throttled_periods"],
        "throttled_share": used["throttled_periods"] / used["periods"] if used["periods"] else 0.0,
        "throttled_seconds": used["throttled_seconds"],
        "mean_seconds": out["mean_seconds"],
        **{f"{name}_seconds": value for name, value in sorted(out["quantile_seconds"].items())},
        "max_seconds": out["max_seconds"],
        "memory_bytes": at[1]["memory_bytes"],
        "anonymous_bytes": at[1]["anonymous_bytes"],
        "response_bytes": out["response_bytes"],
        "errors": out["errors"],
        "first_error": out.get("first_error"),
        "retried": out["retried"],
        "unfinished": out["unfinished"],
        "generator_busy": out["generator_busy"],
        "generator_lateness_p99_seconds": out["generator_lateness_p99_seconds"],
        "stalled_share_of_generator": out["stalls"]["seconds"] / seconds,
        "stalled_share_of_service_core": watched["late_share"],
        "longest_stall_seconds": max(out["stalls"]["max_seconds"], watched["max_seconds"]),
        "steal_share": (times[1]["steal"] - times[0]["steal"]) * of_cores,
        "interrupt_share": (times[1]["interrupts"] - times[0]["interrupts"]) * of_cores,
        "foreign_share": max(0.0, times[1]["processes"] - times[0]["processes"] - used["cpu_seconds"]) * of_cores,
    }
    result["disturbed"] = disturbed(result)
    return result


def disturbed(result: dict) -> list[str]:
    """Disturbances in the window because of which it has to be measured again."""
    reasons = {
        "the generator was stalled": result["stalled_share_of_generator"] > MOST_STALLED,
        "the service's core was stalled": result["stalled_share_of_service_core"] > MOST_LATE,
        "the hypervisor stole CPU time": result["steal_share"] > MOST_STEAL,
        "other processes ran on the service's cores": result["foreign_share"] > MOST_FOREIGN,
    }
    return [reason for reason, holds in reasons.items() if holds]


def refused(result: dict, limit: float) -> str | None:
    """Why a window is not valid for the service, however quiet the machine was."""
    if not result["requests"]:
        return "no request was answered"
    if result["errors"] > MOST_ERRORS * result["requests"]:
        return f"{result['errors']} requests failed: {result['first_error']}"
    if max(result["rate"] / limit, result["generator_busy"]) > MOST_OF_LIMIT:
        return f"more than half of the generator's limit of {limit:.0f} per second"
    return None


