"""The command: builds and starts services, measures them, writes the results, and prints progress."""

import argparse
import contextlib
import datetime
import fcntl
import hashlib
import os
import signal
import sys
import time
from pathlib import Path

from harness import cells, cgroup, database, interpreter, machine, measure, services
from harness.results import Results

# Windows of a cell before a disturbed one is kept.
ATTEMPTS = 3
LOCK = Path("/var/tmp/capmodel-bench.lock")


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/bench/run", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("fixtures/measured/run.jsonl"), help="file of results; an existing one is continued (default: %(default)s)")
    parser.add_argument("--grid", choices=[*cells.GRIDS, "all"], default="core", help="what is measured (default: core)")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN", help="measure only what matches: gin/500m, */none/cpu-1ms")
    parser.add_argument("--hours", type=float, default=2.5, help="stop after this many hours, at the end of a window (default: 2.5)")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a window; longer at low rates (default: 10)")
    parser.add_argument("--passes", type=int, default=2, help="how often each cell is measured (default: 2)")
    parser.add_argument("--again", action="store_true", help="repeat the windows that the file marks as disturbed")
    parser.add_argument("--list", action="store_true", help="list what would be measured, and exit")
    parser.add_argument("--python", help="interpreter of the Python services (default: Debian 13's python3.13, downloaded)")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache/capmodel/bench", help="where services are built")
    parser.add_argument("--service-cores", metavar="LIST", help="cores of the service (default: all but the last)")
    parser.add_argument("--generator-cores", metavar="LIST", help="core of the generator (default: the last)")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    options = arguments(given)
    settings = cells.chosen(list(cells.GRIDS) if options.grid == "all" else [options.grid], options.only)
    if not settings:
        raise SystemExit("--only matches nothing; --list prints what there is")
    if options.list:
        for setting in settings:
            print(*(cell for cell in setting.cells() if cells.wanted(cell, options.only)), sep="\n")
        return 0
    if os.geteuid() != 0:
        raise SystemExit("control groups need root")
    # An interrupted run stops its service first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with alone():
            Run(options, settings).all()
    except KeyboardInterrupt:
        return 130
    return 0


@contextlib.contextmanager
def alone():
    """Only one run at a time, because two would disturb each other."""
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another run is measuring on this machine; waiting for it to finish")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Run:
    def __init__(self, options: argparse.Namespace, settings: list[cells.Setting]):
        self.options, self.settings = options, settings
        self.ends = time.monotonic() + options.hours * 3600
        self.results = Results(options.out)
        serving, sending = machine.cores(options.service_cores, options.generator_cores)
        self.python = options.python or str(interpreter.debian(options.cache))
        built = services.Services(options.cache, self.python)
        self.bench = measure.Bench(built, serving, sending, options.seconds)
        self.session = now()
        self.sizes: dict[tuple[str, str], int] = {}

    def all(self) -> None:
        say("building the services")
        for setting in self.settings:
            self.bench.services.build(setting.service, setting.work in cells.DATABASE)
        # From here on, the harness must not run on the service's cores.
        os.sched_setaffinity(0, self.bench.sending)
        self.describe()
        total = sum(len(self.missing(setting, number)) for setting in self.settings for number in self.passes())
        say(f"{total} windows to measure")
        done, began = 0, time.monotonic()
        with database.Database(self.settings, self.options.cache, self.bench.sending) as postgres:
            for number in self.passes():
                for setting in self.settings:
                    # Closed loops first, with a service of their own: they determine the rates, and their memory remains allocated.
                    missing = self.missing(setting, number)
                    for kind in ("closed", "open"):
                        loads = [load for load in missing if load.startswith(kind)]
                        if not loads:
                            continue
                        if self.is_over():
                            say("the time is up; run the same command again to continue")
                            return
                        self.measure(setting, number, loads, postgres.environment)
                        done += len(loads)
                        each = (time.monotonic() - began) / done
                        say(f"{done} of {total} windows done, about {each * (total - done) / 60:.0f} minutes left")

    def is_over(self) -> bool:
        return time.monotonic() > self.ends

    def passes(self) -> range:
        return range(1, self.options.passes + 1)

    def missing(self, setting: cells.Setting, number: int) -> list[str]:
        wanted = [cell for cell in setting.cells() if cells.wanted(cell, self.options.only) or self.is_basis(setting, cell, number)]
        return [cell.removeprefix(setting.key + "/") for cell in wanted if not self.results.window(cell, self.options.again, number)]

    def is_basis(self, setting: cells.Setting, cell: str, number: int) -> bool:
        """The closed loop whose rate defines the rates of the open loops."""
        return number == 1 and bool(setting.loads) and cell.endswith(f"/closed-{cells.CONNECTIONS}")

    def measure(self, setting: cells.Setting, number: int, loads: list[str], environment: dict[str, str]) -> None:
        say(f"pass {number}: {setting.key}: {', '.join(loads)}")
        # The generator's limit depends on the size of the answer, and the sink server needs the port.
        answer = (setting.service, setting.work)
        if answer not in self.sizes:
            probe = services.Running(self.bench.services, setting, self.bench.serving, environment)
            probe.stop()
            self.sizes[answer] = len(probe.answer)
        limit = self.bench.limit(self.sizes[answer])
        running = services.Running(self.bench.services, setting, self.bench.serving, environment)
        try:
            idle = running.idle(min(1.0, self.options.seconds))
            self.write("start", setting, number, cold_start_seconds=running.cold_start_seconds, **idle)
            for load in loads:
                if self.is_over():
                    break
                self.window(running, setting, number, load, limit)
        finally:
            running.stop()

    def window(self, running: services.Running, setting: cells.Setting, number: int, load: str, limit: float) -> None:
        cell, rate = f"{setting.key}/{load}", 0.0
        if load.startswith("open"):
            saturation = self.results.saturation(setting.key, cells.CONNECTIONS)
            if not saturation:
                say(f"{cell}: the closed loop gave no rate; skipped")
                return
            rate = float(f"{saturation * float(load.removeprefix('open-')):.3g}")
            # All passes use the rate of the first one, even if it was measured again later.
            first = self.results.window(cell, again=False, number=1)
            rate = first["rate_asked"] if first and number > 1 else rate
        best = None
        for attempt in range(1, ATTEMPTS + 1):
            seed = int.from_bytes(hashlib.sha256(f"{cell} {number} {attempt}".encode()).digest()[:8])
            row = measure.window(self.bench, running, setting, load, rate, seed)
            row["attempt"] = attempt
            if best is None or len(row["disturbed"]) < len(best["disturbed"]):
                best = row
            if not best["disturbed"] or self.is_over():
                break
        row = {"cell": cell, "load": load, **best, "refused": measure.refused(best, limit), "generator_limit": limit}
        row["spread"] = self.results.spread(row | {"pass": number})
        self.write("window", setting, number, **row)
        say(summary(row))

    def write(self, kind: str, setting: cells.Setting, number: int, **values) -> None:
        where = {"service": setting.service, "quota": setting.quota, "work": setting.work, "pass": number}
        self.results.add({"kind": kind, "session": self.session, "at": now(), **where, **values})

    def describe(self) -> None:
        """The machine, with an idle thread on each core; and the size of each service's image."""
        version = cgroup.open_group("service")
        facts = machine.facts(self.python, version.name)
        cgroup.remove(version)
        watches = {core: machine.Watch(self.bench.generator, core) for core in sorted(self.bench.serving | self.bench.sending)}
        time.sleep(min(5.0, 5 * self.options.seconds))
        idle = {str(core): watch.end() for core, watch in watches.items()}
        self.results.add({
            "kind": "machine", "session": self.session, **facts, "idle_threads": idle,
            "service_cores": sorted(self.bench.serving), "generator_cores": sorted(self.bench.sending),
            "generator_limit": self.bench.limit(256), "seconds": self.options.seconds,
        })  # fmt: skip
        if facts["load_average"] > 0.5:
            say(f"the load average is {facts['load_average']:.1f}: the machine is busy, and windows will be marked as disturbed")
        known = {row["service"] for row in self.results.rows if row["kind"] == "image"}
        for service in sorted({setting.service for setting in self.settings} - known):
            self.results.add({"kind": "image", "session": self.session, "service": service, **self.bench.services.added(service)})


def summary(row: dict) -> str:
    milliseconds = {name: row[f"{name}_seconds"] for name in ("p50", "p99")}
    times = ", ".join(f"{name} {'—' if value is None else f'{value * 1e3:.2f} ms'}" for name, value in milliseconds.items())
    notes = [row["refused"]] if row["refused"] else row["disturbed"]
    cpu = row["cpu_seconds_per_request"] or 0.0
    return (
        f"  {row['cell']}: {row['rate']:.0f} per second, {cpu * 1e3:.4f} ms CPU per request, "
        f"{row['utilization']:.0%} used, {row['throttled_share']:.0%} throttled, {times}" + (f" ({'; '.join(notes)})" if notes else "")
    )


def now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def say(text: str) -> None:
    print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)
