"""What has changed between a run and the one that would be made now: data, then code, params, environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storage.records import Scalar
from storage.records.planning import Change
from workbench.config import ExperimentConfig, RecipeConfig

_WATCHED = ("python", "machine")
_PACKAGE = "package."


def changed_settings(then: ExperimentConfig, now: ExperimentConfig) -> Iterator[Change]:
    """What workbench.toml says otherwise of an experiment, its recipes aside."""
    for name in ("target", "task", "exclude", "metric"):
        before, after = getattr(then, name), getattr(now, name)
        if before != after:
            yield Change(area="data", sentence=f"{name} {_told(before)} -> {_told(after)}")
    if then.split != now.split:
        old, new = then.split, now.split
        shown = [f"{one.by} {_told(one.test)} {one.group or ''}".strip() for one in (old, new)]
        yield Change(area="split", sentence=f"{shown[0]} -> {shown[1]}")


def changed_recipe(then: RecipeConfig, now: RecipeConfig) -> Iterator[Change]:
    """What workbench.toml says otherwise of a recipe."""
    if then.model != now.model:
        yield Change(area="code", sentence=f"model {then.model} -> {now.model}")
    for name in sorted({*then.params, *now.params}):
        before, after = then.params.get(name), now.params.get(name)
        if before != after or (name in then.params) != (name in now.params):
            shown = [
                _told(params[name]) if name in params else "not set"
                for params in (then.params, now.params)
            ]
            yield Change(area="params", sentence=f"{name} {shown[0]} -> {shown[1]}")


def changed_environment(then: Mapping[str, Scalar], now: Mapping[str, Scalar]) -> Iterator[Change]:
    """Packages and the machine; only what the run had noted counts."""
    for name in sorted(then):
        if name not in _WATCHED and not name.startswith(_PACKAGE):
            continue
        before, after = then[name], now.get(name)
        if before != after:
            shown = name.removeprefix(_PACKAGE)
            yield Change(area="environment", sentence=f"{shown} {_told(before)} -> {_told(after)}")


def _told(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
