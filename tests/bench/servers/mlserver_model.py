"""MLServer with LightGBM's own runtime: writes its settings, then becomes it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

port, model, folder = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
folder.mkdir(parents=True, exist_ok=True)
shutil.copy(model, folder / "model.bst")
settings = {
    "debug": False,
    "host": "127.0.0.1",
    "http_port": port,
    "grpc_port": port + 1,
    "metrics_port": port + 2,
    "parallel_workers": 0,
}
(folder / "settings.json").write_text(json.dumps(settings))
(folder / "model-settings.json").write_text(
    json.dumps(
        {
            "name": "late",
            "implementation": "mlserver_lightgbm.LightGBMModel",
            "parameters": {"uri": "./model.bst", "version": "1"},
        }
    )
)
mlserver = Path(sys.executable).parent / "mlserver"
os.execv(mlserver, [str(mlserver), "start", str(folder)])
