"""A BentoML service of LightGBM's own model; as a script, what starts it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import bentoml
import lightgbm
import numpy as np


@bentoml.service(workers=1)
class Late:
    """Answers rows."""

    def __init__(self) -> None:
        self.booster = lightgbm.Booster(model_file=os.environ["BENCH_MODEL"])

    @bentoml.api
    def predict(self, rows: list[list[float]]) -> list[float]:
        """The probability of each row."""
        return self.booster.predict(np.array(rows), num_threads=1).tolist()


if __name__ == "__main__":
    port, os.environ["BENCH_MODEL"] = sys.argv[1:]
    bento = str(Path(sys.executable).parent / "bentoml")
    folder = str(Path(__file__).parent)
    served = ["serve", "bentoml_service:Late", "--working-dir", folder]
    os.execv(bento, [bento, *served, "--host", "127.0.0.1", "--port", port])
