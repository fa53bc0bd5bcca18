"""Scores files: a model's answers to all rows of a file, in chunks, so that any size fits and nothing is lost.

Each chunk becomes a part beside the output; a killed process loses the chunk it was at and nothing more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage import frames
from storage.frames import (
    Answers,
    Chunk,
    ChunkedFile,
    Coded,
    FileUnreadable,
    Parts,
)
from storage.records import (
    OnBad,
    Scored,
    ScoringProgress,
    ScoringTally,
    Signature,
)
from workbench.core import parity, scoring
from workbench.core.proof_words import sentence
from workbench.errors import InputUnreadable
from workbench.services import labels, predicting, scoring_orders
from workbench.services.context import Context
from workbench.services.scoring_orders import Order
from workbench.services.served import Served

THREADS = 2
"""Within one call of the model."""
Tell = Callable[[ScoringProgress], None]


def score(  # noqa: PLR0913 - what a scoring is, each by its name
    context: Context,
    label: str,
    source: Path,
    out: Path,
    *,
    columns: Sequence[str] | None = None,
    on_bad: OnBad = "fail",
    replace: bool = False,
    tell: Tell | None = None,
    say: Callable[[str], None] | None = None,
) -> Scored:
    """Writes a model's answers to all rows of a file, in the order of the rows.

    Args:
        context: The project.
        label: The version: `late@v3`, `late@champion` or `late`.
        source: Parquet, CSV, TSV or JSON lines; text may be .gz or .zst.
        out: .parquet, .csv, .tsv or .jsonl; text may be .gz or .zst.
        columns: Columns of the input that are kept, `*` for all; None: the key columns it has.
        on_bad: What becomes of a row with a value the model does not take.
        replace: Whether an output that is there may be replaced.
        tell: Told how far it is, after each chunk.
        say: Told what somebody should know at once: why an earlier start is thrown away, that the version
            failed its proof.

    Raises:
        NotFound: There is no such version.
        NotServed: It cannot be loaded, or answers its sample differently.
        InputUnreadable: The input is missing, empty or broken.
        RequestInvalid: It lacks a column, or holds a value the model does not take.
        UsageError: The output or a column makes no sense.
        AlreadyExists: The output is there.
        Conflict: Another process is writing it.
        StoreUnusable: There is no room for it.
    """
    with context.store.read() as tx:
        version = labels.model_version(tx, label)
    destination = scoring_orders.destination_of(context, source, out, replace=replace)
    loaded = predicting.loaded(context, version, threads=THREADS)
    if not version.parity.passed and say is not None:
        say(f"{version.label} failed its proof: {sentence(version.parity)}.")
    try:
        order = scoring_orders.order(
            context, version, source, destination, columns=columns, on_bad=on_bad
        )
        with frames.open_parts(destination, order.plan()) as parts:
            if parts.replaced and say is not None:
                say(f"Begun anew: {', '.join(parts.replaced)} changed since the last start.")
            return _scored(context, order, loaded, parts, tell)
    except FileUnreadable as error:
        raise InputUnreadable(error.problem, "Mend the file, then score it again.") from error


def _scored(
    context: Context, order: Order, loaded: Served, parts: Parts, tell: Tell | None
) -> Scored:
    begun = time.monotonic()
    with frames.open_chunks(
        context.store.frames,
        order.source,
        types=order.types,
        csv=order.csv,
        kept=parts.folder / "input.parquet",
    ) as rows:
        before = sum(one.rows for one in parts.done.values())
        answering = time.monotonic()
        with closing(_chunks(order, rows, parts)) as chunks:
            for part, chunk in chunks:
                parts.keep(part, _answered(order, loaded, rows, parts, part, chunk))
                if tell is not None:
                    tell(
                        ScoringProgress(
                            rows_done=sum(one.rows for one in parts.done.values()),
                            rows=rows.rows,
                            rows_before=before,
                            seconds=time.monotonic() - answering,
                        )
                    )
        _refuse_changed(order, parts)
        found = scoring.total(parts.done[part] for part in sorted(parts.done))
        columns = parts.finish(rows, facts={"workbench.model": order.version.label})
        return Scored(
            model=order.version.label,
            source=order.source,
            target=order.destination.path,
            rows=found.rows,
            unanswered_rows=found.unanswered_rows,
            bad=found.bad,
            unknown=found.unknown,
            columns=columns,
            rows_before=before,
            seconds=time.monotonic() - begun,
            notes=rows.notes,
        )


def _refuse_changed(order: Order, parts: Parts) -> None:
    """Raises InputUnreadable where the input is not the file any more that was begun with."""
    try:
        is_same = scoring_orders.fingerprint(order.source) == order.seen
    except OSError:
        is_same = False
    if not is_same:
        parts.discard()
        raise InputUnreadable(
            f"{order.source.name} changed while it was scored; nothing was written.",
            "Score it again when nobody writes it any more.",
        )


def _chunks(
    order: Order, rows: ChunkedFile, parts: Parts
) -> Generator[tuple[int, Chunk], None, None]:
    """The chunks that have no answer yet; while one is answered, the next one is read."""
    inputs = order.version.signature.inputs
    waiting = [part for part in range(len(rows.spans)) if part not in parts.done]
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as beside:
        coming = [beside.submit(rows.read, inputs, rows.spans[part]) for part in waiting[:1]]
        for part, after in zip_longest(waiting, waiting[1:]):
            chunk = coming.pop().result()
            if after is not None:
                coming.append(beside.submit(rows.read, inputs, rows.spans[after]))
            yield part, chunk


def _answered(
    order: Order, loaded: Served, rows: ChunkedFile, parts: Parts, part: int, chunk: Chunk
) -> ScoringTally:
    """Answers a chunk and writes it as a part; what was counted in it."""
    takes, span = order.version.signature, rows.spans[part]
    found = scoring.faults(takes, chunk.columns, chunk.misfits)
    if found and order.on_bad == "fail":
        # A mended input, or another answer to bad rows, would begin anew.
        parts.discard()
        raise _refused(rows, chunk, found)
    absent = np.zeros(span[1], np.bool_)
    for fault in found:
        absent |= fault.rows
    answers = answers_of(takes, loaded.session.scores(_without(chunk.columns, absent)))
    parts.write(part, rows=rows, span=span, kept=order.kept, answers=answers, absent=absent)
    unknown = scoring.unknown_categories(takes, chunk.columns)
    return scoring.tally(span[1], found, absent, unknown, first_row=chunk.first_row)


def answers_of(signature: Signature, scores: NDArray[np.float64]) -> Answers:
    """Scores as columns: labels and probabilities, or values."""
    names = scoring.answer_columns(signature)
    if not signature.classes:
        return {names[0]: scores}
    coded = Coded(codes=parity.labels(scores), texts=signature.classes)
    spread = [scores] if scores.ndim == 1 else [*np.ascontiguousarray(scores.T)]
    return {names[0]: coded, **dict(zip(names[1:], spread, strict=True))}


def _refused(rows: ChunkedFile, chunk: Chunk, found: Sequence[scoring.Fault]) -> Exception:
    fault = min(found, key=lambda one: one.first)
    row = chunk.first_row + fault.first
    refusal = scoring.refusal(fault, row=row, shown=rows.shown(fault.column.name, row))
    refusal.remedy += " Or give --on-bad null, which leaves such rows without an answer."
    return refusal


def _without(
    columns: Mapping[str, NDArray[Any]], absent: NDArray[np.bool_]
) -> Mapping[str, NDArray[Any]]:
    """The columns, with nothing in rows that get no answer: some models refuse an infinite value."""
    if not absent.any():
        return columns
    return {
        name: np.where(absent, np.nan if values.dtype.kind == "f" else "", values)
        for name, values in columns.items()
    }
