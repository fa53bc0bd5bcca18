"""A model's answers: to rows in this process, and to files of any size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from storage.records import OnBad, Scored, ScoringProgress
from workbench.api.handle import Handle

if TYPE_CHECKING:
    from workbench.services.predicting import LoadedModel


class ScoringCalls(Handle):
    """What models can be asked."""

    def model(self, label: str) -> LoadedModel:
        """The version that `late@v3`, `late@champion` or `late` names, loaded to answer rows in this process."""
        from workbench.services import predicting

        return predicting.load(self._context, label)

    def score(  # noqa: PLR0913 - what a scoring is, each by its name
        self,
        label: str,
        source: str | Path,
        out: str | Path,
        *,
        columns: Sequence[str] | None = None,
        on_bad: OnBad = "fail",
        replace: bool = False,
        tell: Callable[[ScoringProgress], None] | None = None,
        say: Callable[[str], None] | None = None,
    ) -> Scored:
        """Writes a model's answers to all rows of a file, in their order; a killed one goes on where it stopped.

        Args:
            label: As for `model`.
            source: Parquet, CSV, TSV or JSON lines; text may be .gz or .zst.
            out: .parquet, .csv, .tsv or .jsonl; text may be .gz or .zst.
            columns: Columns of the input that are kept, `*` for all; None: the key columns it has.
            on_bad: `fail`, or `null`: a row with a value the model does not take gets no answer.
            replace: Whether an output that is there may be replaced.
            tell: Told how far it is, after each chunk.
            say: Told what somebody should know at once: why an earlier start is thrown away.
        """
        from workbench.services import scoring

        return scoring.score(
            self._context,
            label,
            Path(source),
            Path(out),
            columns=columns,
            on_bad=on_bad,
            replace=replace,
            tell=tell,
            say=say,
        )
