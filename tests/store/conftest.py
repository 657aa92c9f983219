from __future__ import annotations

from tests.support.postgres import database, postgres, store

__all__ = ["database", "postgres", "store"]
