"""A project whose rows are real: sales of two months, a third in quarantine, and a broken file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.services.project import CONFIG, month, opened, write_csv

ROWS = (300, 260, 40)
"""Rows that v1, v2 and v3 brought; v3 is in quarantine."""
BROKEN = "깨진.csv"
TOML = CONFIG.replace(
    '"가격" = { min = 0 }',
    '"가격" = { min = 0 }\n"수량" = { max = 7, on_fail = "warn" }',
).replace("[experiments.returns]", "[datasets.stock]\n\n[experiments.returns]", 1)


def new_shop(folder: Path) -> Path:
    """The project, with nothing queued but what follows from its checks."""
    folder.mkdir(parents=True)
    with opened(folder, TOML) as project:
        for number, rows in enumerate(ROWS, 1):
            sales = month(number, rows=rows)
            if number == len(ROWS):
                sales["가격"][:2] = -1
            project.accept(sales)
        lies = write_csv(
            folder / "inbox" / "sales" / "quarantine" / BROKEN, {"id": np.array(["a"])}
        )
        with project.store.write() as tx:
            arrival = {
                "path": f"inbox/sales/{BROKEN}",
                "sha256": "b" * 64,
                "size_bytes": lies.stat().st_size,
                "modified_ns": 0,
                "state": "quarantined",
                "reason": "the column 가격 is missing",
                "moved_to": f"inbox/sales/quarantine/{BROKEN}",
            }
            tx.arrivals.record(tx.datasets.get("sales"), [arrival])
    return folder
