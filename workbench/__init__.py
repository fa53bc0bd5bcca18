"""The machine-learning workbench for one machine: `import workbench; w = workbench.open()`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.api import Workbench, open  # noqa: A004 - workbench.open is meant

__all__ = ["Workbench", "__version__", "open"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Loads the application handle when it is first asked for: importing the package stays cheap."""
    if name in {"Workbench", "open"}:
        from workbench import api

        return getattr(api, name)
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")
