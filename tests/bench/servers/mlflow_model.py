"""`mlflow models serve` of LightGBM's own model: saves it, then becomes the server."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import lightgbm
import mlflow.lightgbm

port, model, folder = sys.argv[1:4]
shutil.rmtree(folder, ignore_errors=True)
mlflow.lightgbm.save_model(lightgbm.Booster(model_file=model), folder)
arguments = ["mlflow", "models", "serve", "-m", folder, "--env-manager", "local"]
os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
os.execvp("mlflow", [*arguments, "-h", "127.0.0.1", "-p", port, "--workers", "1"])
