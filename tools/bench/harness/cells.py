"""The cells to measure: service, quota, work and loads."""

from dataclasses import dataclass
from fnmatch import fnmatch

# CPU limits of the container, in cores.
QUOTAS = {"250m": 0.25, "500m": 0.5, "1": 1.0, "none": None}

# Work of the handler: environment variables of the service.
WORK = {
    "none": {},
    "cpu-1ms": {"HANDLER_CPU_MS": "1"},
    "cpu-5ms": {"HANDLER_CPU_MS": "5"},
    "wait-20ms": {"WAIT_MS": "20"},
    "response-200k": {"RESPONSE_BYTES": str(200 * 1024)},
    "objects-1000": {"OBJECTS": "1000"},
    "db-driver": {"DATABASE": "driver"},
    "db-orm": {"DATABASE": "orm"},
}
DATABASE = ("db-driver", "db-orm")

CORE = ("fastapi", "flask", "gin")
OTHERS = ("fastapi-def", "django", "litestar", "fiber", "echo", "chi")

# Shares of the saturation rate. A request costs up to twice as much CPU on an idle core as at saturation, so that half of
# the rate may be three quarters of the quota: the seven lie closest where the utilization is 50 to 95 %.
SEVEN = (0.1, 0.22, 0.35, 0.48, 0.62, 0.76, 0.9)
THREE = (0.22, 0.48, 0.76)
# Levels of concurrency for the Universal Scalability Law, which needs six or more, and for memory as a function of connections.
LEVELS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
CONNECTIONS = 100  # the article's


@dataclass(frozen=True)
class Setting:
    """The settings of a service, and the loads at which it is measured."""

    service: str
    quota: str
    work: str
    loads: tuple = ()
    connections: tuple = (CONNECTIONS,)

    @property
    def key(self) -> str:
        return f"{self.service}/{self.quota}/{self.work}"

    def cells(self) -> list[str]:
        """The names of its windows, those at the connections first: the other rates are shares of the rate at saturation."""
        return [f"{self.key}/closed-{n}" for n in self.connections] + [f"{self.key}/open-{x}" for x in self.loads]


def core() -> list[Setting]:
    works = ("none", "cpu-1ms", "cpu-5ms")
    return [Setting(s, q, w, SEVEN) for s in CORE for q in ("250m", "500m", "none") for w in works]


def wide() -> list[Setting]:
    plain = [w for w in WORK if w not in DATABASE]
    others = [Setting(s, "500m", w, THREE) for s in OTHERS for w in plain]
    rest = [Setting(s, "500m", w, THREE) for s in CORE for w in ("wait-20ms", "response-200k", "objects-1000")]
    return others + rest + [Setting(s, "1", "cpu-1ms", THREE) for s in CORE]


def concurrency() -> list[Setting]:
    return [Setting(s, "500m", "none", (), LEVELS) for s in CORE]


def database() -> list[Setting]:
    # CPU per request only: PostgreSQL runs on the generator's core, so that latencies are the machine's and not the service's.
    services = [s for s in CORE + OTHERS if s != "fastapi-def"]
    return [Setting(s, "none", w, (0.48,)) for s in services for w in DATABASE]


GRIDS = {"core": core, "wide": wide, "concurrency": concurrency, "database": database}


def chosen(grids: list[str], only: list[str]) -> list[Setting]:
    """The settings of these grids with a window that matches one of the patterns (all of them without patterns)."""
    settings = [setting for grid in grids for setting in GRIDS[grid]()]
    return [setting for setting in settings if any(wanted(cell, only) for cell in setting.cells())]


def wanted(cell: str, only: list[str]) -> bool:
    """`gin/500m` matches all its windows, `*/none/cpu-1ms/open-*` only some."""
    return not only or any(fnmatch(cell, pattern) or fnmatch(cell, pattern + "/*") for pattern in only)
