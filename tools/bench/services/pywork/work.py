"""The work of the handler, configured by the environment; the same for every Python service.

HANDLER_CPU_MS   CPU time of the handler's own, as the thread's clock counts it
WAIT_MS          a wait for something downstream
RESPONSE_BYTES   about so many bytes of response: the product's name is that long
OBJECTS          so many products instead of one
DATABASE         `driver` or `orm`: the product is read from PostgreSQL at DATABASE_URL
"""

import asyncio
import os
import time

CPU_NS = round(float(os.environ.get("HANDLER_CPU_MS", "0")) * 1e6)
WAIT_S = float(os.environ.get("WAIT_MS", "0")) / 1e3
OBJECTS = int(os.environ.get("OBJECTS", "0"))
DATABASE = os.environ.get("DATABASE", "")
DATABASE_URL = os.environ.get("DATABASE_URL", "")
NAME = "Wireless Headphones".ljust(int(os.environ.get("RESPONSE_BYTES", "0")), "s")


def spin() -> None:
    """Computes for the handler's CPU time. The CPU clock of the thread does not advance while a quota throttles it."""
    if CPU_NS:
        end = time.thread_time_ns() + CPU_NS
        while time.thread_time_ns() < end:
            pass


def work() -> None:
    spin()
    if WAIT_S:
        time.sleep(WAIT_S)


async def work_async() -> None:
    spin()
    if WAIT_S:
        await asyncio.sleep(WAIT_S)
