"""Compares two model versions: what they take, how they were made, what came of it."""

from __future__ import annotations

from storage.records import ModelVersion
from storage.records.model_diff import ModelDiff
from storage.records.run_comparison import Difference, PairedDifference
from workbench.core import run_differences, signature_diff
from workbench.core.labels import number_in
from workbench.errors import UsageError
from workbench.services import labels, run_comparison
from workbench.services.context import Context


def compare(context: Context, before: str, after: str, *, by_row: bool = True) -> ModelDiff:
    """How a version differs from another one.

    Args:
        context: The project.
        before: `late@v6`.
        after: `late@v7`, or `v7` alone for the same model.
        by_row: Whether they are compared on the test rows that both runs have scored too.

    Raises:
        NotFound: There is no such version.
        UsageError: Both are the same version.
    """
    if "@" not in after and number_in(after, prefix="v") is not None:
        after = f"{before.partition('@')[0]}@{after}"
    with context.store.read() as tx:
        old, new = labels.model_version(tx, before), labels.model_version(tx, after)
        if old.id == new.id:
            raise UsageError(
                f"{old.label} cannot be compared with itself.",
                f"See its versions with `workbench model log {old.model}`.",
            )
        runs = tuple(tx.runs.get(one.run_id) for one in (old, new) if one.run_id is not None)
    differences = run_differences.differences(runs) if len(runs) == 2 else _of_files(old, new)
    paired, unpaired = _paired(context, old, new) if by_row else (None, "")
    return ModelDiff(
        before=old,
        after=new,
        inputs=signature_diff.changes(old.signature, new.signature),
        differences=differences,
        metrics=signature_diff.metric_changes(
            (old.metrics, old.intervals), (new.metrics, new.intervals)
        ),
        paired=paired,
        unpaired=unpaired,
        importances=signature_diff.moved_importances(old.importances, new.importances),
        graph_bytes=(_size(context, old), _size(context, new)),
    )


def _paired(
    context: Context, old: ModelVersion, new: ModelVersion
) -> tuple[PairedDifference | None, str]:
    """What the later one gains on common test rows, or why that cannot be told."""
    for one in (old, new):
        if one.run_id is None:
            return None, f"{one.label} was brought in from a file and has no test rows of its own"
    if old.run_id == new.run_id:
        return None, f"both were made of {old.origin}"
    compared = run_comparison.compare(context, [old.run_id or 0, new.run_id or 0])
    if compared.paired:
        return compared.paired[0], ""
    return None, compared.unpaired[0].reason


def _of_files(old: ModelVersion, new: ModelVersion) -> tuple[Difference, ...]:
    """What is known to differ where one of them has no run."""
    facts = (
        ("data", "version", [f"{one.dataset}@v{one.version}" for one in (old, new)]),
        ("data", "trained on", [one.train for one in (old, new)]),
        ("code", "made of", [one.origin for one in (old, new)]),
    )
    found = tuple(
        Difference(area=area, name=name, values=tuple(values))  # type: ignore[arg-type]
        for area, name, values in facts
        if values[0] != values[1]
    )
    packages = [one.parity.packages for one in (old, new)]
    return found + tuple(
        Difference(
            area="environment",
            name=f"package.{name}",
            values=tuple(each.get(name) for each in packages),
        )
        for name in sorted({*packages[0], *packages[1]})
        if packages[0].get(name) != packages[1].get(name)
    )


def _size(context: Context, version: ModelVersion) -> int:
    path = context.store.blobs.path(version.onnx_blob)
    return path.stat().st_size if path.is_file() else 0
