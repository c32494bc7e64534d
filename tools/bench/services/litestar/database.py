"""See `pywork/database_async.py`."""

from database_async import product, start  # noqa: F401
