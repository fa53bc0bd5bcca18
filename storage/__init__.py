"""Where things last: a SQLite catalog, content-addressed blobs and DuckDB over Parquet."""

from __future__ import annotations
