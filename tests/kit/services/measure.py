#!/usr/bin/env python3
"""measure.py CAPMODEL [OUT.md] : the report of `capmodel` on services that really run, against what the machine itself says.

A FastAPI pod and a Gin pod serve the same endpoint on the kit's real node under the same varying load, for `--minutes`; kubelet
and both services are scraped by a real Prometheus. Beside each runs a second one at a rate that the first never sees, at the
same time, so that both have the same machine. What capmodel then says of runtime, CPU, image and start is compared with the
cgroup's counter, containerd and a stopwatch, and the Go style of the FastAPI service with the Gin pod.

Needs root; about `--minutes` and three more. OUT.md gets the table of docs/trust.md. The exit code is 1 where a bound is not met.
"""

import argparse
import asyncio
import json
import os
import pathlib
import random
import statistics
import subprocess
import time

import table
from cluster import PROMETHEUS, Cluster
from load import Load

# Requests per second that the fitted services see, in an order of their own; the twins see HELD_OUT, a quarter more than that.
RATES = [15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 120]
HELD_OUT = 150
SECONDS_PER_RATE = 30
# One after the other, once the window is over: how the cost of a request falls as a pod gets busier.
RATES_BESIDE = [50, 200, 800]
SERVICES = {"products": "kit.local/products:1", "catalog": "kit.local/catalog:1"}
ARCHIVES = {"products": "fastapi.tar", "catalog": "gin.tar"}
BY_HAND = {
    "products": ["/usr/bin/python3", "-m", "uvicorn", "--app-dir=/app", "--port=18080", "--no-access-log", "main:app"],
    "catalog": [],
}


class Watch:
    """What pods serve and use from now on."""

    def __init__(self, pods, loads):
        self.pods, self.loads, self.begun = pods, loads, time.time()
        self.before = {name: (pod.cpu_seconds(), loads[name].done) for name, pod in pods.items()}

    def read(self):
        seconds = time.time() - self.begun
        read = {}
        for name, (cpu, done) in self.before.items():
            load = self.loads[name]
            rate, cores = (load.done - done) / seconds, (self.pods[name].cpu_seconds() - cpu) / seconds
            read[name] = {"rate": rate, "cores": cores, "failed": load.failed}
        return read


async def serve(pods, loads, minutes):
    """All four services under load; what each served and used in the meantime, and the last second of it."""
    rates = RATES * (1 + int(minutes * 60 / SECONDS_PER_RATE / len(RATES)))
    rates = rates[: int(minutes * 60 / SECONDS_PER_RATE)]
    random.Random(1).shuffle(rates)
    await asyncio.gather(*(load.run(50, 20) for load in loads.values()))
    # The window of the report ends at a multiple of its step.
    await asyncio.sleep(-time.time() % 15)
    watch = Watch(pods, loads)

    async def vary(load):
        for rate in rates:
            await load.run(rate, SECONDS_PER_RATE)

    await asyncio.gather(*(
        load.run(HELD_OUT, minutes * 60) if name.endswith("-held-out") else vary(load) for name, load in loads.items()
    ))
    return watch.read(), int(time.time())


async def serve_at_other_rates(pods, loads):
    rows = []
    for rate in RATES_BESIDE:
        watch = Watch(pods, loads)
        await asyncio.gather(*(loads[name].run(rate, 20) for name in SERVICES))
        rows.append({"asked": rate, **watch.read()})
    return rows


def report(capmodel, cluster, minutes, end, *options):
    """What capmodel says of the window that has just ended, from Prometheus and the API server."""
    command = [capmodel, "report", "--kubeconfig", cluster.dir / "kubeconfig", "--prometheus", PROMETHEUS, "--window",
               f"{minutes}m", "--format", "json", *options]
    environment = dict(os.environ, SOURCE_DATE_EPOCH=str(end))
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise SystemExit(f"capmodel report ended with {made.returncode}: {made.stderr}")
    return json.loads(made.stdout)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("capmodel")
    arguments.add_argument("out", nargs="?")
    arguments.add_argument("--minutes", type=int, default=12)
    arguments.add_argument("--raw", help="where the report and the measurements go, as JSON")
    given = arguments.parse_args()
    capmodel = pathlib.Path(given.capmodel).resolve()
    with Cluster(SERVICES) as cluster:
        pods = cluster.pods()
        # While the machine is as busy as it was when the pods started; one start alone may be unlucky.
        by_hand = {
            name: {"image": cluster.image_bytes(ARCHIVES[name]),
                   "start": statistics.median(cluster.cold_start(image, 18080, BY_HAND[name]) for _ in range(3))}
            for name, image in SERVICES.items()
        }
        loads = {name: Load((pod.address, 8080), seed) for seed, (name, pod) in enumerate(sorted(pods.items()))}
        loop = asyncio.new_event_loop()
        measured, end = loop.run_until_complete(serve(pods, loads, given.minutes))
        # Prometheus and cAdvisor are up to ten seconds behind.
        time.sleep(15)
        told = report(capmodel, cluster, given.minutes, end, "--evidence", "article")
        # With the profiles that were measured on such a machine.
        measured_profiles = report(capmodel, cluster, given.minutes, end, "--cpu-speed", "1")
        by_rate = loop.run_until_complete(serve_at_other_rates(pods, loads))
    raw = {"measured": measured, "by_hand": by_hand, "by_rate": by_rate, "report": told,
           "measured_profiles": measured_profiles, "minutes": given.minutes, "held_out": HELD_OUT}
    if given.raw:
        pathlib.Path(given.raw).write_text(json.dumps(raw, indent=1))
    text, missed = table.make(raw)
    print(text)
    if given.out:
        table.replace(pathlib.Path(given.out), text)
    if missed:
        raise SystemExit("not met: " + "; ".join(missed))


if __name__ == "__main__":
    main()
