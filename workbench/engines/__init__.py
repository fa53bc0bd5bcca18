"""Heavy machinery: fit, export, infer, child processes; never touches the store."""

from __future__ import annotations

import os

# onnxruntime starts a reporting thread when it is imported; nothing here calls home.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
