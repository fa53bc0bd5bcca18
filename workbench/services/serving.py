"""The endpoint's life: it follows the catalog, and keeps what it answered."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from storage.predictions import LoggedBatch, LogRules, Writer
from storage.records import NewAlert, NewEvent, Severity
from workbench.core.doubts import Rules
from workbench.core.figures import Figures
from workbench.errors import RequestInvalid
from workbench.services import keyring
from workbench.services.access import AccessLine, AccessLog, Origin
from workbench.services.context import Context
from workbench.services.figures import Publisher
from workbench.services.following import Follower, Loader
from workbench.services.key_following import KeyFollower
from workbench.services.keyring import KeyRing
from workbench.services.labelling import Intake
from workbench.services.notices import SHADOW_ALERT, Notice, Notices
from workbench.services.routes import Plan, Routes
from workbench.services.sealing import Orders
from workbench.services.served import Answer, RequestColumns, Served
from workbench.services.shadows import Shadows

POLL_S = 0.2
LOADING_S = 3.0
"""How long an end waits for a version that is being loaded, which then is not needed any more."""
LOG_ALERT = "endpoint:predictions"
ACCESS_ALERT = "endpoint:access"

_NOWHERE = Origin()
_log = logging.getLogger(__name__)


class Endpoint:
    """The models of a project, answering while they are replaced."""

    def __init__(self, context: Context, *, slot: int = 0) -> None:
        """Makes an endpoint, on the thread of the loop that will answer.

        Args:
            context: The project.
            slot: This process's number among those that share the port.
        """
        serve, layout = context.config.serve, context.store.layout
        self.routes = Routes()
        """Replaced by one assignment; who has read it keeps what it names alive."""
        self.keys = keyring.read(context)
        """Likewise; read before anybody can ask."""
        self.key_follower = KeyFollower(context, self.keys, self._open_with)
        self.figures = Figures()
        self._context = context
        self.max_rows = serve.max_rows
        self._token: int | None = None
        self._fingerprint: object = None
        self._notices = Notices(context, is_first=slot == 0)
        self._orders = Orders(context)
        self.rules = Rules(
            unknown_category=serve.unknown_category,
            out_of_range=serve.out_of_range,
            extra_column=serve.extra_column,
        )
        loader = Loader(context.store.blobs, self.rules, self.figures)
        self._follower = Follower(loader, self._notices, self._route_by, self.routes)
        self._closing = threading.Event()
        self._failure = ""
        self._thread = threading.Thread(target=self._run, name="follow", daemon=True)
        self.predictions = Writer(
            layout.predictions,
            failed=self._log_failed,
            resumed=self._log_resumed,
            ended=self._orders.ended,
            rules=LogRules(exclude=serve.log_columns_exclude, sample=serve.log.sample),
        )
        self.labels = Intake(context)
        self.access = (
            AccessLog(layout.logs / "access", slot=slot, failed=self._access_failed)
            if serve.log.access
            else None
        )
        self.shadows = Shadows(
            self.figures,
            self.predictions,
            failed=self._shadow_failed,
            recovered=self._shadow_recovered,
        )
        self.publisher = Publisher(self, layout, serve, slot=slot)

    def start(self) -> None:
        """Starts to follow the catalog, on a thread of its own."""
        event = NewEvent(
            kind="endpoint.started", subject="endpoint", message="The endpoint has started."
        )
        alerts = (LOG_ALERT, ACCESS_ALERT)
        self._notices.add(Notice(event=event, resolved=alerts, is_of_all=True))
        self._thread.start()
        self.key_follower.start()

    def close(self) -> None:
        """Returns once the threads have ended and every answer that was kept is on disk."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(LOADING_S)
        self.key_follower.close()
        self.shadows.close()
        self.publisher.close()
        self.predictions.close()
        self.labels.close()
        if self.access is not None:
            self.access.close()
        try:
            self.labels.look()
            self._notices.tell()
        except Exception:  # noqa: BLE001 - the process ends; the answers are on disk already
            _log.exception("The catalog could not be told what the endpoint did last")

    def answer(self, served: Served, columns: RequestColumns) -> Answer:
        """Scores of a caller's rows.

        Raises:
            RequestInvalid: Names the row, the column, the value and what is allowed.
        """
        rows = max(map(len, columns.values()), default=0)
        if rows > self.max_rows:
            raise RequestInvalid(
                f"The request has {rows} rows; at most {self.max_rows} are allowed.",
                "Send them in several requests.",
            )
        return served.answer(columns)

    def answered(
        self,
        plan: Plan | None,
        batch: LoggedBatch,
        origins: Sequence[Origin] = (),
        sizes: Sequence[int] = (),
    ) -> None:
        """Keeps, counts and copies what was answered; called once the answers are on their way.

        Args:
            plan: By which the version was chosen; None: the caller named it.
            batch: The requests that one call of the version's session has answered.
            origins: Where each request came from; empty: nobody knows.
            sizes: Bytes of each request's body; empty: nobody knows.
        """
        self.predictions.put(batch)
        self.figures.answered(batch)
        if self.access is not None:
            self.access.answered(batch, origins, sizes)
        if self.keys.is_locked:
            self.key_follower.note(batch.callers)
        if plan is not None and plan.shadows:
            self.shadows.put(plan, batch)

    def refused(  # noqa: PLR0913 - what a refusal is, each by its name
        self,
        model: str | None,
        version: int | None,
        status: int,
        *,
        request: str,
        started_ns: int,
        caller: str = "",
        reason: str = "",
        error: str = "",
        origin: Origin = _NOWHERE,
        size: int = 0,
    ) -> None:
        """Counts a request that got no answer.

        Args:
            model: Who was asked; None: nobody, or nobody that there is.
            version: Its number, where one was chosen.
            status: The HTTP status of the reply.
            request: The request's id.
            started_ns: When it came, by `time.perf_counter_ns`.
            caller: Name of its API key.
            reason: In one word, as the figures count it; empty: what the status says.
            error: What the reply says.
            origin: Where it came from.
            size: Bytes of its body.
        """
        took_us = (time.perf_counter_ns() - started_ns) // 1000
        at_us = time.time_ns() // 1000 - took_us
        self.figures.refused(model, version, status, at_us, reason=reason)
        if self.access is not None:
            self.access.noted(
                AccessLine(
                    at=at_us,
                    id=request,
                    client=origin.client,
                    method=origin.method,
                    path=origin.path,
                    status=status,
                    model=model or "",
                    version=version or 0,
                    bytes=size,
                    latency_us=took_us,
                    key=caller,
                    agent=origin.agent,
                    error=error,
                )
            )

    def follow(self) -> None:
        """Looks whether somebody else shall answer, and lets them."""
        self._take_over()
        self._orders.look()
        self.labels.look()
        self._notices.tell()

    def _take_over(self) -> None:
        token = self._context.store.change_token()
        if token == self._token and not self._follower.has_to_retry:
            return
        # Leases change the catalog all the time; what routes are made of hardly ever changes.
        with self._context.store.read() as tx:
            fingerprint = tx.models.routing_fingerprint()
            is_new = fingerprint != self._fingerprint or self._follower.has_to_retry
            wanted = tx.models.routings() if is_new else ()
        if is_new:
            self._follower.take_over(wanted)
        self._fingerprint, self._token = fingerprint, token

    def _open_with(self, ring: KeyRing) -> None:
        self.keys = ring

    def _route_by(self, routes: Routes) -> None:
        self.routes = routes

    def _run(self) -> None:
        while True:
            for look in (self._take_over, self._orders.look, self.labels.look, self._notices.tell):
                self._try(look)
            if self._closing.wait(POLL_S):
                return

    def _try(self, look: Callable[[], object]) -> None:
        try:
            look()
        except Exception as error:  # noqa: BLE001 - what is loaded goes on answering; the next look tries again
            if str(error) != self._failure:
                self._failure = str(error)
                _log.exception("The catalog could not be followed")

    def _log_failed(self, error: Exception) -> None:
        self._tell_off(
            "predictions.off",
            f"The prediction log has switched itself off: {error}. Requests are still answered.",
            NewAlert(
                key=LOG_ALERT,
                severity=Severity.ERROR,
                title="Predictions are no longer logged",
                text=f"{error}. Make room on the disk; the log then comes back by itself.",
            ),
        )

    def _log_resumed(self) -> None:
        event = NewEvent(
            kind="predictions.on", subject="endpoint", message="Predictions are logged again."
        )
        self._notices.add(Notice(event=event, resolved=(LOG_ALERT,)))

    def _access_failed(self, error: OSError) -> None:
        self._tell_off(
            "access.off",
            f"The access log has switched itself off: {error}. Requests are still answered.",
            NewAlert(
                key=ACCESS_ALERT,
                severity=Severity.WARNING,
                title="Requests are no longer in the access log",
                text=f"{error}. Make room on the disk, then restart the endpoint.",
            ),
        )

    def _shadow_failed(self, served: Served, error: Exception) -> None:
        label = served.version.label
        self._tell_off(
            "endpoint.shadow_failed",
            f"{label} has failed as a shadow: {error}. Callers have their answers.",
            NewAlert(
                key=SHADOW_ALERT + label,
                severity=Severity.WARNING,
                title=f"{label} fails as a shadow",
                text=f"{error}. Take it out of the routes with `workbench serve route`.",
            ),
        )

    def _shadow_recovered(self, served: Served) -> None:
        self._notices.add(Notice(resolved=(SHADOW_ALERT + served.version.label,)))

    def _tell_off(self, kind: str, message: str, alert: NewAlert) -> None:
        event = NewEvent(kind=kind, subject="endpoint", message=message, severity=alert.severity)
        self._notices.add(Notice(event=event, alert=alert))
