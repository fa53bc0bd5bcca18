"""The labels of one model, for Python and the command line: added, counted, looked at."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage import frames
from storage.frames import FileUnreadable
from storage.labels import Labels, LabelWriter, text_columns
from storage.predictions import Predictions
from storage.records import CsvRules, KeptLabel, LabelFacts, ModelVersion
from workbench.core import sent_labels
from workbench.core.sent_labels import SentLabels
from workbench.core.words import plural
from workbench.errors import InputUnreadable
from workbench.services import key_types, labelling, logged_rows, predicting
from workbench.services.context import Context

if TYPE_CHECKING:
    import pandas as pd


class ModelLabels:
    """Labels that were sent of a model; what is added counts at once."""

    def __init__(self, context: Context, model: str) -> None:
        """Looks for the model.

        Raises:
            NotFound: There is no such model.
            UsageError: It has no key columns.
        """
        self.model = model
        self._context = context
        self._version = labelling.version_of(context, model)
        fields = sent_labels.fields(model, self._version.signature)
        self.key = fields[:-2]
        """The columns that name a row."""
        self._labels = Labels(context.store.frames, context.store.layout.labels, model, self.key)

    def __repr__(self) -> str:
        return f"<{plural(self._labels.count(), 'label')} of {self.model}>"

    def add(self, rows: Any) -> int:
        """Keeps labels, and says how many; of one row the latest counts.

        Args:
            rows: A mapping of columns, a list of rows as mappings, a pandas frame, or a NumPy array with
                named fields: the key columns, `label`, and `at` where it is known since when.

        Raises:
            RequestInvalid: Names the row, the column and what is allowed; none was kept.
        """
        columns = {name: _as_list(values) for name, values in predicting.columns_of(rows).items()}
        return labelling.add(self._context, self.model, columns)

    def add_file(self, source: Path) -> int:
        """Keeps the labels in a file, and says how many: CSV, TSV, JSON lines or Parquet; text may be packed.

        Args:
            source: A file with the key columns, `label`, and perhaps `at`; others are left alone.

        Raises:
            InputUnreadable: It is missing, empty or broken.
            RequestInvalid: Names the row, the column and what is allowed; none was kept.
        """
        if not source.is_file():
            raise InputUnreadable(f"There is no file {source}.")
        found = list(self._checked(source))
        with closing(LabelWriter(self._context.store.layout.labels)) as writer:
            for one in found:
                labelling.append(writer, self.model, one, caller=self._context.who)
        labelling.order(self._context, self.model)
        return sum(len(one.labels) for one in found)

    def newest(self, *, limit: int = 20) -> tuple[KeptLabel, ...]:
        """The latest label of the rows whose labels came last, newest first."""
        return self._labels.newest(limit=limit)

    def facts(self) -> LabelFacts:
        """How many labels there are, and of how many rows that were asked about."""
        types = key_types.of(self._context, self._version)
        latest = self._labels.latest(types)
        rows, last_at = (0, None) if latest is None else self._labels.extent(latest)
        log = Predictions(self._context.store.frames, self._context.store.layout.predictions)
        answered = log.sent_scores(self._labels.latest, key=self.key, types=types, model=self.model)
        return LabelFacts(
            model=self.model,
            sent=self._labels.count(),
            rows=rows,
            answered=len(answered["score"]),
            last_at=last_at,
        )

    def frame(self) -> pd.DataFrame:
        """All labels that were sent, corrections among them, as a pandas frame."""
        found = logged_rows.labels(self._context, self.model)
        return frames.frame(self._context.store.frames, found, found.columns)

    def _checked(self, source: Path) -> list[SentLabels]:
        """The labels of a file, all of which can be kept."""
        fields = sent_labels.fields(self.model, self._version.signature)
        found: list[SentLabels] = []
        row = 0
        try:
            for columns in text_columns(
                self._context.store.frames,
                source,
                wanted=fields,
                csv=_csv(self._context, self._version),
            ):
                one = sent_labels.of_texts(
                    self.model,
                    self._version.signature,
                    columns,
                    now=self._context.store.now(),
                    first_row=row,
                )
                row += len(one.labels)
                found.append(one)
        except FileUnreadable as error:
            raise InputUnreadable(error.problem, "Mend the file, then add it again.") from error
        return found


def _csv(context: Context, version: ModelVersion) -> CsvRules:
    known = context.config.datasets.get(version.dataset or "")
    return replace(known.reading.csv, header=None) if known is not None else CsvRules()


def _as_list(values: Any) -> list[Any]:
    listed = values.tolist() if hasattr(values, "tolist") else list(values)
    # Frames have no null: NaN and NaT stand for it.
    return [None if value != value else value for value in listed]  # noqa: PLR0124
