"""Studies and their trials within one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Select, func, insert, select, update

from storage import tables
from storage.errors import NotFound
from storage.records import NewStudy, Scalar, SearchParam, Study, StudyState, Trial, TrialState

S = tables.studies.c
T = tables.trials.c
PT = tables.metric_points.c

_LIVE = [state.value for state in TrialState if state.is_live]


class Studies:
    """A trial that is over is never changed again, so nothing that finished is trained twice."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def start(self, new: NewStudy) -> Study:
        """A new running study without trials."""
        begin = {"state": StudyState.RUNNING.value, "reason": "", "best_params": {}}
        added = self._connection.execute(
            insert(tables.studies)
            .values(**asdict(new), **begin, started_at=self._now)
            .returning(S.id)
        )
        return self.get(int(added.scalar_one()))

    def get(self, study_id: int) -> Study:
        """The study with this id.

        Raises:
            NotFound: There is none.
        """
        found = self._studies(select(tables.studies).where(S.id == study_id))
        if not found:
            known = self._connection.execute(select(S.id).order_by(S.id.desc()).limit(12))
            names = [f"s{one}" for one in known.scalars()]
            raise NotFound.named("study", f"s{study_id}", known=names)
        return found[0]

    def newest(
        self, *, experiment: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[Study, ...]:
        """A page of studies, newest first.

        Args:
            experiment: Only studies of this one; None: of all.
            limit: Studies at most.
            offset: Studies that are left out before the first one.
        """
        query = select(tables.studies).order_by(S.id.desc()).limit(limit).offset(offset)
        if experiment is not None:
            query = query.where(S.experiment == experiment)
        return self._studies(query)

    def trials(self, study_id: int) -> tuple[Trial, ...]:
        """The trials of a study by number."""
        query = select(tables.trials).where(T.study_id == study_id).order_by(T.number)
        return tuple(map(_trial, self._connection.execute(query).mappings()))

    def trial(self, study_id: int, number: int) -> Trial:
        """A trial of a study.

        Raises:
            NotFound: There is none.
        """
        query = select(tables.trials).where(T.study_id == study_id, T.number == number)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            known = [str(trial.number) for trial in self.trials(study_id)]
            raise NotFound.named(f"trial of s{study_id}", number, known=known)
        return _trial(row)

    def add_trials(self, study_id: int, numbers: Sequence[int]) -> None:
        """Adds trials that wait for their jobs."""
        rows = [
            {"study_id": study_id, "number": number, "state": TrialState.QUEUED.value}
            for number in numbers
        ]
        if rows:
            self._connection.execute(insert(tables.trials), rows)

    def begin(
        self, trial: Trial, *, params: dict[str, Scalar], run_id: int, job_id: int | None
    ) -> None:
        """Notes what a trial tries, and the run and the job that do it."""
        self._change(
            trial,
            state=TrialState.RUNNING.value,
            params=params,
            run_id=run_id,
            job_id=job_id,
            started_at=self._now,
            ended_at=None,
            error=None,
        )
        first = update(tables.studies).where(S.id == trial.study_id, S.first_trial_at.is_(None))
        self._connection.execute(first.values(first_trial_at=self._now))

    def wait(self, trial: Trial) -> None:
        """Puts a trial back, with its params, since its job waits for another attempt."""
        self._change(trial, state=TrialState.QUEUED.value)

    def end_trial(
        self,
        trial: Trial,
        *,
        state: TrialState,
        value: float | None = None,
        step: int | None = None,
        error: str | None = None,
    ) -> bool:
        """Ends a trial, and makes it the study's best one if it is.

        Args:
            trial: Which trial, with its params.
            state: What it ends as.
            value: The metric at its end.
            step: The step at which it was pruned.
            error: Why it failed, in one sentence.

        Returns:
            Whether it was live until now.
        """
        ended = {"state": state.value, "value": value, "step": step, "error": error}
        changed = self._change(trial, **ended, ended_at=self._now)
        if changed and state is TrialState.FINISHED and value is not None:
            self._note_best(trial, value)
        return changed

    def end(self, study_id: int, *, state: StudyState, reason: str) -> bool:
        """Ends a running study; gives whether it was running."""
        change = (
            update(tables.studies)
            .where(S.id == study_id, S.state == StudyState.RUNNING.value)
            .values(state=state.value, reason=reason, ended_at=self._now)
        )
        return bool(self._connection.execute(change).rowcount)

    def keep_importances(self, study_id: int, importances: dict[str, float]) -> None:
        """Keeps how much each param matters."""
        change = update(tables.studies).where(S.id == study_id)
        self._connection.execute(change.values(importances=importances))

    def curves(self, study_id: int, metric: str, *, every: int) -> dict[int, dict[int, float]]:
        """The values of a metric step by step in the trials that have finished; pruned ones are none of them.

        Args:
            study_id: Which study.
            metric: Which metric; a value that is not finite is left out.
            every: Only steps that are multiples of this.

        Returns:
            Values by step, by number of the trial.
        """
        query = (
            select(T.number, PT.step, PT.value)
            .join(tables.metric_points, PT.run_id == T.run_id)
            .where(
                T.study_id == study_id,
                T.state == TrialState.FINISHED.value,
                PT.key == metric,
                PT.step % every == 0,
                PT.value.is_not(None),
            )
            .order_by(T.number, PT.step, PT.id)
        )
        found: defaultdict[int, dict[int, float]] = defaultdict(dict)
        for number, step, value in self._connection.execute(query):
            found[number][step] = value
        return dict(found)

    def _change(self, trial: Trial, **values: Any) -> bool:
        change = update(tables.trials).where(
            T.study_id == trial.study_id, T.number == trial.number, T.state.in_(_LIVE)
        )
        return bool(self._connection.execute(change.values(**values)).rowcount)

    def _note_best(self, trial: Trial, value: float) -> None:
        study = self.get(trial.study_id)
        if study.best_value is not None and (
            value <= study.best_value if study.is_maximized else value >= study.best_value
        ):
            return
        best = {
            "best_trial": trial.number,
            "best_value": value,
            "best_run_id": trial.run_id,
            "best_params": trial.params or {},
        }
        self._connection.execute(update(tables.studies).where(S.id == study.id).values(**best))

    def _studies(self, query: Select[Any]) -> tuple[Study, ...]:
        rows = self._connection.execute(query).mappings().all()
        counts = self._counts([row["id"] for row in rows])
        return tuple(
            Study(
                **{
                    **row,
                    "state": StudyState(row["state"]),
                    "space": msgspec.convert(row["space"], tuple[SearchParam, ...]),
                    "trials": counts.get(row["id"], {}),
                }
            )
            for row in rows
        )

    def _counts(self, study_ids: Sequence[int]) -> dict[int, dict[TrialState, int]]:
        query = (
            select(T.study_id, T.state, func.count())
            .where(T.study_id.in_(study_ids))
            .group_by(T.study_id, T.state)
            .order_by(T.study_id, T.state)
        )
        found: defaultdict[int, dict[TrialState, int]] = defaultdict(dict)
        for study_id, state, count in self._connection.execute(query):
            found[study_id][TrialState(state)] = count
        return dict(found)


def _trial(row: RowMapping) -> Trial:
    fields = {key: value for key, value in row.items() if key != "id"}
    return Trial(**{**fields, "state": TrialState(row["state"])})
