"""Requests at random times, over connections that are kept open, as a proxy sends them."""

import asyncio
import random
import time


class Load:
    """Open-loop load on one address: requests begin when they are due, however long others take."""

    def __init__(self, address, seed):
        self.address = address
        self.random = random.Random(seed)
        self.idle = []
        self.done = 0
        self.failed = 0

    async def answered(self, head):
        """An open connection with the head of an answer; of an idle one that the server has closed meanwhile, another."""
        while self.idle:
            reader, writer = self.idle.pop()
            try:
                writer.write(head)
                return reader, writer, await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
        reader, writer = await asyncio.open_connection(*self.address)
        writer.write(head)
        return reader, writer, await reader.readuntil(b"\r\n\r\n")

    async def request(self):
        head = f"GET /products/{self.random.randrange(1, 1000)} HTTP/1.1\r\nHost: {self.address[0]}\r\n\r\n"
        reader, writer, answer = await self.answered(head.encode())
        lines = answer.decode().lower().split("\r\n")
        length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
        body = await reader.readexactly(length)
        if lines[0].split()[1] == "200" and b"Wireless Headphones" in body:
            self.done += 1
        else:
            self.failed += 1
        self.idle.append((reader, writer))

    async def run(self, rate, seconds):
        """Sends Poisson arrivals at `rate` for so long and waits until all are answered."""
        begun, due, tasks = time.monotonic(), 0.0, set()
        while True:
            due += self.random.expovariate(rate)
            if due > seconds:
                break
            await asyncio.sleep(max(0.0, begun + due - time.monotonic()))
            task = asyncio.create_task(self.request())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.sleep(max(0.0, begun + seconds - time.monotonic()))
        await asyncio.gather(*tasks)
