"""The endpoint's life: it follows the catalog's champions, answers rows and logs the answers."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from storage.predictions import LoggedRequest, Writer
from storage.records import ModelVersion, NewAlert, NewEvent, Severity
from workbench.errors import RequestInvalid
from workbench.services import served as loading
from workbench.services.context import Context
from workbench.services.served import Answer, Refusal, RequestColumns, Routes, Served

POLL_S = 0.2
LOG_ALERT = "endpoint:predictions"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
    """What the catalog is still to be told."""

    event: NewEvent
    alert: NewAlert | None = None
    resolved: str | None = None
    """Key of the alert whose cause is gone."""


class Endpoint:
    """The models of a project, answering while they are replaced."""

    def __init__(self, context: Context) -> None:
        self.routes = Routes()
        """Replaced by one assignment; who has read it keeps what it names alive."""
        self._context = context
        self._max_rows = context.config.serve.max_rows
        self._token: int | None = None
        self._notices: deque[_Notice] = deque()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follow", daemon=True)
        self.predictions = Writer(
            context.store.layout.predictions,
            failed=self._log_failed,
            exclude=context.config.serve.log_columns_exclude,
        )

    def start(self) -> None:
        """Starts to follow the catalog, on a thread of its own."""
        self._notices.append(
            _Notice(
                event=NewEvent(
                    kind="endpoint.started", subject="endpoint", message="The endpoint has started."
                ),
                resolved=LOG_ALERT,
            )
        )
        self._thread.start()

    def close(self) -> None:
        """Returns once the thread has ended and every answer that was kept is on disk."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        self.predictions.close()
        try:
            self._tell()
        except Exception:  # noqa: BLE001 - the process ends; the answers are on disk already
            _log.exception("The catalog could not be told what the endpoint did last")

    def answer(self, served: Served, columns: RequestColumns) -> Answer:
        """Scores of a caller's rows.

        Raises:
            RequestInvalid: Names the row, the column, the value and what is allowed.
        """
        rows = max(map(len, columns.values()), default=0)
        if rows > self._max_rows:
            raise RequestInvalid(
                f"The request has {rows} rows; at most {self._max_rows} are allowed.",
                "Send them in several requests.",
            )
        return served.answer(columns)

    def keep(self, served: Served, answer: Answer, *, request: str, started_ns: int) -> None:
        """Hands an answer to the prediction log.

        Args:
            served: Who answered.
            answer: What was asked and answered.
            request: The request's id.
            started_ns: When it came, by `time.perf_counter_ns`.
        """
        self.predictions.put(
            LoggedRequest(
                at=time.time_ns() // 1000,
                request=request,
                model=served.version.model,
                version=served.version.number,
                rows=len(answer.scores),
                latency_us=(time.perf_counter_ns() - started_ns) // 1000,
                key=answer.key,
                inputs=answer.inputs,
                scores=answer.scores,
            )
        )

    def follow(self) -> None:
        """Looks whether the catalog has changed, and serves the champions it names now."""
        token = self._context.store.change_token()
        if token != self._token:
            with self._context.store.read() as tx:
                champions = tx.models.champions()
            self._take_over(champions)
            self._token = token
        self._tell()

    def _run(self) -> None:
        while True:
            try:
                self.follow()
            except Exception:  # noqa: BLE001 - what is loaded goes on answering; the next look tries again
                _log.exception("The catalog could not be followed")
            if self._closing.wait(POLL_S):
                return

    def _take_over(self, champions: Sequence[ModelVersion]) -> None:
        for version in champions:
            served = self.routes.champions.get(version.model)
            refusal = self.routes.refused.get(version.model)
            if refusal is not None and refusal.version.id == version.id:
                continue
            if served is None or served.version.id != version.id:
                self._try(version)
            elif refusal is not None:
                self._serve(served)
        models = frozenset(version.model for version in champions)
        if not self.routes.is_read or not models.issuperset(self.routes.champions):
            self.routes = self.routes.only(models)

    def _try(self, version: ModelVersion) -> None:
        try:
            self._serve(loading.load(self._context.store.blobs, version))
        except Exception as error:  # noqa: BLE001 - whatever a broken file brings up, the old version stays
            _log.exception("%s cannot be served", version.label)
            self._refuse(Refusal.because(version, error))

    def _serve(self, served: Served) -> None:
        version = served.version
        before = self.routes.champions.get(version.model)
        self.routes = self.routes.serving(served)
        was = before.version.number if before else None
        self._notices.append(
            _Notice(
                event=NewEvent(
                    kind="endpoint.swapped",
                    subject=version.label,
                    message=f"{version.model} v{version.number} answers requests"
                    + (f"; was v{was}." if was not in {None, version.number} else "."),
                    payload={"model": version.model, "version": version.number, "was": was},
                ),
                resolved=_alert_key(version.model),
            )
        )

    def _refuse(self, refusal: Refusal) -> None:
        version = refusal.version
        self.routes = self.routes.refusing(refusal)
        before = self.routes.champions.get(version.model)
        still = f"{before.version.label} goes on answering." if before else "Nothing answers."
        self._notices.append(
            _Notice(
                event=NewEvent(
                    kind="endpoint.refused",
                    subject=version.label,
                    message=f"{refusal.reason} {still}",
                    severity=Severity.ERROR,
                    payload={"model": version.model, "version": version.number},
                ),
                alert=NewAlert(
                    key=_alert_key(version.model),
                    severity=Severity.ERROR,
                    title=f"{version.label} is champion but cannot be served",
                    text=f"{refusal.reason} {still} Promote another version of {version.model}.",
                ),
            )
        )

    def _log_failed(self, error: Exception) -> None:
        text = f"The prediction log has switched itself off: {error}. Requests are still answered."
        self._notices.append(
            _Notice(
                event=NewEvent(
                    kind="predictions.off",
                    subject="endpoint",
                    message=text,
                    severity=Severity.ERROR,
                ),
                alert=NewAlert(
                    key=LOG_ALERT,
                    severity=Severity.ERROR,
                    title="Predictions are no longer logged",
                    text=f"{text} Make room on the disk, then restart the endpoint.",
                ),
            )
        )

    def _tell(self) -> None:
        """Writes what is still to be told; whatever cannot be written waits for the next look."""
        notices = tuple(self._notices)
        if not notices:
            return
        with self._context.store.write() as tx:
            for notice in notices:
                tx.events.add(notice.event)
                if notice.alert is not None:
                    tx.events.raise_alert(notice.alert)
                if notice.resolved is not None:
                    tx.events.resolve(notice.resolved)
        for _ in notices:
            self._notices.popleft()


def _alert_key(model: str) -> str:
    return f"endpoint:model:{model}"
