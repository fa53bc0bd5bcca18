"""The parts of an endpoint that its health and its figures are read from, without a server around them."""

from __future__ import annotations

from dataclasses import dataclass, field

from storage.layout import Layout
from storage.predictions import Writer
from workbench.core.figures import Figures
from workbench.engines import instance
from workbench.services.access import AccessLog
from workbench.services.figures import LOCK
from workbench.services.keyring import KeyRing
from workbench.services.routes import Routes


@dataclass
class Parts:
    """What an endpoint has."""

    predictions: Writer
    routes: Routes = field(default_factory=lambda: Routes(is_read=True))
    keys: KeyRing = field(default_factory=KeyRing)
    figures: Figures = field(default_factory=Figures)
    access: AccessLog | None = None


def parts_in(layout: Layout, **given: object) -> Parts:
    """The parts of an endpoint of a project."""
    layout.create()
    return Parts(Writer(layout.predictions, failed=lambda _error: None), **given)  # type: ignore[arg-type]


def holding(layout: Layout) -> instance.Instance:
    """The endpoint's lock, held."""
    return instance.hold(layout.locks / LOCK)
