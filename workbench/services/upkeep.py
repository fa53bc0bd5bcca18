"""The store's upkeep: what could be freed, and what is damaged and who needs it."""

from __future__ import annotations

from storage.blobs import GRACE_S
from storage.errors import BlobDamaged
from storage.records import DamagedBlob, Freeable, NewEvent, Severity, Verification
from workbench.core import words
from workbench.services.context import Context


def freeable(context: Context, *, grace_s: float = GRACE_S) -> Freeable:
    """What nothing needs: blobs that nothing names, and what dead processes left staged.

    Args:
        context: The project.
        grace_s: What is younger counts as needed: another process may be about to name it.
    """
    with context.store.read() as tx:
        named = tx.references.named()
    return _freeable(context, named, grace_s=grace_s)


def free(context: Context, *, grace_s: float = GRACE_S) -> Freeable:
    """Removes what nothing needs, and says what it was; as in `freeable`."""
    with context.store.read() as tx:
        named = tx.references.named()
    found = _freeable(context, named, grace_s=grace_s, is_freed=True)
    context.store.blobs.collect(named, grace_s=grace_s)
    if found.blobs or found.staged:
        message = f"{words.size(found.size_bytes)} freed: {told(found)}"
        with context.write() as tx:
            tx.events.add(NewEvent(kind="store.freed", subject="store", message=message))
    return found


def told(found: Freeable) -> str:
    """`3 blobs of 12.1 MB and 1 staged file of 120 kB`."""
    blobs = f"{words.plural(found.blobs, 'blob')} of {words.size(found.blob_bytes)}"
    staged = f"{words.plural(found.staged, 'staged file')} of {words.size(found.staged_bytes)}"
    return f"{blobs} and {staged}"


def verify(context: Context, dataset: str | None = None) -> Verification:
    """Reads blobs again and compares them with their names.

    Args:
        context: The project.
        dataset: Only the rows and profiles of this dataset; None: all that anything names.

    Raises:
        NotFound: There is no such dataset.
    """
    with context.store.read() as tx:
        if dataset is None:
            named = tx.references.named()
        else:
            named = tx.references.of_dataset(tx.datasets.get(dataset))
    is_missing: dict[str, bool] = {}
    size_bytes = 0
    for number, blob in enumerate(sorted(named)):
        context.progress(number / len(named), f"reading blob {number + 1} of {len(named)}")
        path = context.store.blobs.path(blob)
        try:
            context.store.blobs.verify(blob)
            size_bytes += path.stat().st_size
        except BlobDamaged:
            is_missing[blob] = not path.is_file()
    damaged = _damaged(context, is_missing)
    return Verification(blobs=len(named), size_bytes=size_bytes, damaged=damaged)


def _freeable(
    context: Context, named: frozenset[str], *, grace_s: float, is_freed: bool = False
) -> Freeable:
    blobs = context.store.blobs.unused(named, grace_s=grace_s)
    staged = context.store.blobs.left_over(grace_s=grace_s)
    return Freeable(
        blobs=len(blobs),
        blob_bytes=sum(blobs.values()),
        staged=len(staged),
        staged_bytes=sum(staged.values()),
        is_freed=is_freed,
    )


def _damaged(context: Context, is_missing: dict[str, bool]) -> tuple[DamagedBlob, ...]:
    """The damaged blobs that something still names, with an event that says so."""
    if not is_missing:
        return ()
    with context.write() as tx:
        users = tx.references.users(is_missing)
        sources = tx.references.sources(is_missing)
        # What was removed while the others were read has gone for good reason.
        named = tx.references.named()
        found = tuple(
            DamagedBlob(blob=blob, is_missing=missing, needed_by=users[blob], sources=sources[blob])
            for blob, missing in is_missing.items()
            if blob in named
        )
        if found:
            message = f"{words.plural(len(found), 'blob')} damaged or missing"
            tx.events.add(
                NewEvent(
                    kind="store.damaged",
                    subject="store",
                    message=message,
                    severity=Severity.ERROR,
                )
            )
    return found
