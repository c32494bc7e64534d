"""PostgreSQL from the distribution's packages, in a control group of its own, on the generator's core."""

import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

from harness import cells, cgroup

PORT = 15432
URL = f"postgresql://bench:bench@127.0.0.1:{PORT}/bench"
PRODUCTS = 10_000
USER = "postgres"  # PostgreSQL refuses to run as root; its package makes this user

TABLE = f"""
CREATE TABLE products (id integer PRIMARY KEY, name text NOT NULL, price double precision NOT NULL, in_stock boolean NOT NULL);
INSERT INTO products SELECT n, 'Wireless Headphones', 79.99, true FROM generate_series(1, {PRODUCTS}) AS n;
ANALYZE products;
"""


class Database:
    """Runs while there are settings that need it; `environment` has the settings that a service needs."""

    def __init__(self, settings: list[cells.Setting], cache: Path, cores: set[int]):
        self.wanted = any(setting.work in cells.DATABASE for setting in settings)
        # Not below root's home, which its user may not enter.
        self.folder, self.cores, self.process = Path("/var/tmp/capmodel-bench-postgres"), cores, None
        self.environment = {"DATABASE_URL": URL} if self.wanted else {}

    def __enter__(self):
        if not self.wanted:
            return self
        bin_folder = programs()
        user = pwd.getpwnam(USER)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        self.group = cgroup.open_group("database")
        self.group.limit(None)

        def as_user(cores: bool) -> None:
            if cores:
                cgroup.enter(self.group)
                os.sched_setaffinity(0, self.cores)
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)

        data = str(self.folder / "data")
        run([bin_folder / "initdb", "--auth=trust", "--no-sync", "-U", "bench", "-D", data], lambda: as_user(False))
        # Only the driver of the service is measured, so nothing is written to disk.
        settings = ["-c", f"port={PORT}", "-c", "fsync=off", "-c", f"unix_socket_directories={self.folder}"]
        log = (self.folder / "log").open("w")
        self.process = subprocess.Popen(
            [bin_folder / "postgres", "-D", data, *settings], stdout=log, stderr=log, preexec_fn=lambda: as_user(True)
        )
        self.wait_until_ready(bin_folder)
        connect = [bin_folder / "psql", "-q", "-h", "127.0.0.1", "-p", str(PORT), "-U", "bench", "-v", "ON_ERROR_STOP=1"]
        run([*connect, "-d", "postgres", "-c", "CREATE DATABASE bench"], None)
        run([*connect, "-d", "bench", "-c", TABLE], None)
        return self

    def wait_until_ready(self, bin_folder: Path) -> None:
        for _ in range(300):
            ready = [bin_folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(PORT)]
            if subprocess.run(ready).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(f"PostgreSQL does not start: {self.folder / 'log'}")

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()  # SIGTERM: waits for clients, which are gone
            self.process.wait()
            cgroup.remove(self.group)
            shutil.rmtree(self.folder, ignore_errors=True)


def programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise SystemExit("the database cells need PostgreSQL: apt-get install postgresql")
    return found[-1].parent


def run(command: list, prepare) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, preexec_fn=prepare, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr}")
