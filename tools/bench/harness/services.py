"""The services: built from package registries, started in a control group on cores of their own, and stopped."""

import http.client
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from harness import cells, cgroup
from harness.interpreter import quiet

SOURCE = Path(__file__).resolve().parent.parent / "services"
PORT = 18080
PATH = "/products/42"
# Workers of Gunicorn; one per core of the article would be four, but half a core needs no more than two.
WORKERS = 2
GO = ("gin", "fiber", "echo", "chi")

# Base images: compressed bytes (as sent by a registry and shown in a node's image list), bytes on disk, source.
BASES = {
    "python": ("python:3.13-slim", 42_961_458, 126_250_000,
               "docker-library/repo-info, linux/amd64: repos/python/remote/3.13-slim.md at 2986dca (42961458 bytes) and "
               "repos/python/local/3.13-slim.md at 8780d7a (126.25 MB)"),
    "go": ("gcr.io/distroless/static-debian12", 2 * 1024 * 1024, 2 * 1024 * 1024,
           "README of GoogleContainerTools/distroless: around 2 MiB"),
}  # fmt: skip


class Services:
    """Paths of the built services, and how each is started."""

    def __init__(self, folder: Path, python: str):
        self.folder, self.python = folder, python
        self.built: set[str] = set()

    def language(self, service: str) -> str:
        return "go" if service in GO else "python"

    def generator(self) -> Path:
        self.build("generator")
        return self.folder / "generator"

    def build(self, service: str, database: bool = False) -> None:
        name = artifact(service, database)
        if name in self.built:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if service == "generator":
            go_build(SOURCE.parent / "generator", ".", self.folder / name, [])
        elif service in GO:
            go_build(SOURCE, f"./{service}", self.folder / name, ["-tags", "database"] if database else [])
        else:
            self.build_python(service.removesuffix("-def"), database, self.folder / name)
        self.built.add(name)

    def build_python(self, service: str, database: bool, target: Path) -> None:
        requirements = SOURCE / service / ("requirements-database.txt" if database else "requirements.txt")
        stamp, wanted = target / "built-from", f"{self.python}\n{requirements.read_text()}"
        if stamp.exists() and stamp.read_text() == wanted:
            return
        # With the pip of the harness, so that nothing but the service is in the environment.
        quiet(self.python, "-m", "venv", "--clear", "--without-pip", target)
        install = ["install", "--no-cache-dir", "--require-hashes", "--requirement", requirements]
        quiet(sys.executable, "-m", "pip", "--python", target / "bin/python", *install)
        stamp.write_text(wanted)

    def command(self, service: str, database: bool) -> list[str]:
        program = self.folder / artifact(service, database)
        if service in GO:
            return [str(program)]
        if service in ("flask", "django"):
            listen = ["--bind", f"127.0.0.1:{PORT}", "--workers", str(WORKERS), "--log-level", "warning"]
            return [str(program / "bin/gunicorn"), *listen, "main:app"]
        listen = ["--host", "127.0.0.1", "--port", str(PORT), "--log-level", "warning", "--no-access-log"]
        return [str(program / "bin/uvicorn"), *listen, "main:app"]

    def added(self, service: str) -> dict:
        """What the service adds to its base image, on disk and compressed, and the sizes of the base image."""
        self.build(service)
        target = self.folder / artifact(service, False)
        if service in GO:
            size, compressed = target.stat().st_size, compressed_size([target])
        else:
            packages = site_packages(target)
            size, compressed = tree_size(packages), compressed_size(list(packages.iterdir()))
        base, base_compressed, base_size, source = BASES[self.language(service)]
        return {
            "base": base, "base_compressed_bytes": base_compressed, "base_bytes": base_size, "base_source": source,
            "added_bytes": size, "added_compressed_bytes": compressed,
        }  # fmt: skip


class Running:
    """A service that has answered its first request."""

    def __init__(self, services: Services, setting: cells.Setting, cpus: set[int], environment: dict[str, str]):
        database = setting.work in cells.DATABASE
        services.build(setting.service, database)
        self.group = cgroup.open_group("service")
        self.group.limit(cells.QUOTAS[setting.quota])
        folder = setting.service.removesuffix("-def")
        variables = {"PATH": "/usr/bin:/bin", "PORT": str(PORT), **cells.WORK[setting.work], **environment}
        if services.language(setting.service) == "python":
            variables["PYTHONPATH"] = f"{SOURCE / folder}:{SOURCE / 'pywork'}"
        if setting.service.endswith("-def"):
            variables["HANDLER"] = "def"

        def prepare() -> None:
            cgroup.enter(self.group)
            os.sched_setaffinity(0, cpus)

        started = time.monotonic()
        self.process = subprocess.Popen(
            services.command(setting.service, database), env=variables, cwd="/", preexec_fn=prepare,
            stdin=subprocess.DEVNULL, stdout=sys.stderr, start_new_session=True,
        )  # fmt: skip
        try:
            self.answer = self.first_answer(started + 60)
        except BaseException:
            self.stop()
            raise
        self.cold_start_seconds = time.monotonic() - started

    def first_answer(self, deadline: float) -> bytes:
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"the service has ended with {self.process.returncode}")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
                connection.request("GET", PATH)
                response = connection.getresponse()
                body = response.read()
                connection.close()
                if response.status == 200:
                    return body
                raise RuntimeError(f"the service answers {response.status}: {body[:200]!r}")
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.001)

    def idle(self, seconds: float) -> dict:
        """Memory and CPU without requests after the start."""
        time.sleep(seconds)
        before, began = self.counters(), time.monotonic()
        time.sleep(seconds)
        after, ended = self.counters(), time.monotonic()
        return {
            "idle_cores": (after["cpu_seconds"] - before["cpu_seconds"]) / (ended - began),
            "memory_idle_bytes": after["memory_bytes"],
            "anonymous_idle_bytes": after["anonymous_bytes"],
            "resident_idle_bytes": self.resident_bytes(),
        }

    def counters(self) -> dict[str, float]:
        return self.group.read({name: path.read_text() for name, path in self.group.counters().items()})

    def resident_bytes(self) -> int:
        """Memory of its processes, including mapped files, with shared pages counted once."""
        total = 0
        for pid in cgroup.members(self.group):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total * 1024

    def stop(self) -> None:
        """Stops the processes of the group, all of which were started here."""
        for end in (signal.SIGTERM, signal.SIGKILL):
            for pid in cgroup.members(self.group):
                try:
                    os.kill(pid, end)
                except ProcessLookupError:
                    pass
            for _ in range(100):
                self.process.poll()
                if not cgroup.members(self.group):
                    break
                time.sleep(0.02)
        self.process.wait()
        cgroup.remove(self.group)


def artifact(service: str, database: bool) -> str:
    return service.removesuffix("-def") + ("-database" if database else "")


def go_build(folder: Path, package: str, target: Path, tags: list[str]) -> None:
    command = ["go", "build", "-trimpath", "-ldflags=-s -w", *tags, "-o", str(target), package]
    quiet(*command, cwd=folder, env=os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"})


def site_packages(environment: Path) -> Path:
    return next(environment.glob("lib/python*/site-packages"))


def tree_size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def compressed_size(paths: list[Path]) -> int:
    """Size as an image layer: tar and gzip."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=6) as layer:
        for path in sorted(paths):
            layer.add(path, arcname=path.name)
    return len(buffer.getvalue())
