"""The file of results: JSON lines, each written immediately, so that an interrupted run can be continued."""

import json
from pathlib import Path

# Keys whose values are compared between two windows of a cell.
COMPARED = ("rate", "cpu_seconds_per_request", "p50_seconds", "p99_seconds", "memory_bytes")


class Results:
    def __init__(self, path: Path):
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        self.rows = [json.loads(line) for line in lines]

    def add(self, row: dict) -> None:
        self.rows.append(row)
        with self.path.open("a") as file:
            file.write(json.dumps({key: rounded(value) for key, value in row.items()}) + "\n")

    def window(self, cell: str, again: bool, number: int) -> dict | None:
        """The window of a cell in a pass; with `again`, only if it was undisturbed."""
        found = [row for row in self.rows if row["kind"] == "window" and row["cell"] == cell and row["pass"] == number]
        return next((row for row in reversed(found) if not (again and row["disturbed"])), None)

    def saturation(self, setting_key: str, connections: int) -> float | None:
        """The rate of the closed loop, of the first pass, so that all passes have the same rates."""
        cell = f"{setting_key}/closed-{connections}"
        found = self.window(cell, again=True, number=1) or self.window(cell, again=False, number=1)
        return found["rate"] if found else None

    def spread(self, row: dict) -> dict | None:
        """Relative difference between a window of a later pass and that of the first: difference ÷ mean."""
        first = self.window(row["cell"], again=False, number=1)
        if row["pass"] == 1 or first is None:
            return None
        pairs = {name: (first[name], row[name]) for name in COMPARED}
        return {name: abs(a - b) / ((a + b) / 2) if a and b else None for name, (a, b) in pairs.items()}


def rounded(value):
    """Six significant digits, which is more than the accuracy of any of these numbers."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return value
