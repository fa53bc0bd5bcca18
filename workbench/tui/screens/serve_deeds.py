"""What is done with what is served: versions in their roles, the endpoint as a whole, its keys, a row to try."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual import on

from storage.errors import NotFound
from storage.records import CHAMPION, ApiKey, KeyScope, ModelVersion, NewKey, Scalar
from workbench.errors import UsageError
from workbench.tui import roles, tasks
from workbench.tui.roles import Role
from workbench.tui.screens.form import Filled, Form, Line
from workbench.tui.screens.model_moves import ModelMovesScreen
from workbench.tui.screens.prompt import Prompt
from workbench.tui.screens.shown_once import ShownOnce
from workbench.tui.screens.trying import Asked, TryRow
from workbench.tui.widgets.table import Table

if TYPE_CHECKING:
    from workbench.api import Workbench
    from workbench.tui.serve_seen import TrafficSeen

OFF = "The endpoint is off: E starts it."
_SCOPES = tuple(scope.value for scope in KeyScope)


class ServeDeedsScreen(ModelMovesScreen):
    """A mode in which a version of a model is selected, and the endpoint is watched."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: TrafficSeen | None = None
        """What the endpoint does; None: not read yet."""
        self.api_keys: tuple[ApiKey, ...] = ()
        self._given_key = ""
        """The API key that somebody wrote into the form here."""

    @property
    def address(self) -> str:
        """Where the endpoint listens; empty: it does not."""
        return self.seen.standing.address if self.seen is not None else ""

    def action_canary(self) -> None:
        """Asks for a share, then gives the selected version that share of the requests."""
        version = self.meant()
        if version is not None:
            self._after_role(version, self._ask_for_share)

    def action_shadow(self) -> None:
        """Asks, then has the selected version see copies of the requests, or no longer."""
        version = self.meant()
        if version is not None:
            self._after_role(version, self._ask_to_shadow)

    def action_switch(self) -> None:
        """Asks, then starts the endpoint or stops it."""
        workbench, seen = self.workbench, self.seen
        if seen is None:
            return
        is_running = seen.standing.is_running

        def call(why: str) -> str:
            if not is_running:
                return f"The endpoint answers at {workbench.start_endpoint(why=why)}"
            stopped = workbench.stop_endpoint(why=why)
            return "The endpoint is off" if stopped else "The endpoint was off already"

        doing = "Stopping the endpoint" if is_running else "Starting the endpoint"
        self.confirm(
            "serve.switch",
            lambda why: self.tasks.run(doing, lambda: call(why)),
            what=roles.switching(seen),
        )

    def action_try_row(self) -> None:
        """Asks the endpoint about a row that somebody fills in."""
        workbench, model, address = self.workbench, self.model, self.address
        if model is None:
            self.warn("There is no model yet.")
            return
        if not address:
            self.warn(OFF)
            return
        known = self._given_key

        def ask(asked: Asked) -> None:
            _ = self.app.push_screen(TryRow(asked), self._keep_key)

        self.after("looking for a row", lambda: _asked(workbench, model, address, known), ask)

    def action_new_key(self) -> None:
        """Asks for a name and what the key opens, then shows it once."""
        workbench = self.workbench

        def call(filled: Filled) -> NewKey:
            if filled["opens"] not in _SCOPES:
                raise UsageError(
                    f"A key cannot open '{filled['opens']}'.", f"Write {' or '.join(_SCOPES)}."
                )
            return workbench.add_key(filled["name"], scope=filled["opens"])

        is_first = not any(one.is_active for one in self.api_keys)
        locks = "; from then on nobody is answered without a key" if is_first else ""
        Form.ask(
            self.app,
            title="New key",
            sentence=f"for the endpoint{locks}",
            lines=[
                Line(name="name", label="name", hint="who or what will use it"),
                Line(name="opens", label="opens", value=_SCOPES[0], hint=" or ".join(_SCOPES)),
            ],
            call=call,
            then=self._show_new_key,
        )

    def action_revoke_key(self) -> None:
        """Asks, then ends the selected key."""
        workbench, name = self.workbench, self.query_one("#api-keys", Table).selected
        found = next((one for one in self.api_keys if one.name == name and one.is_active), None)
        if found is None:
            self.warn("No active key is selected.")
            return
        is_last = sum(one.is_active for one in self.api_keys) == 1
        opens = (
            " It is the last one: whoever reaches the endpoint is answered then." if is_last else ""
        )

        def call() -> str:
            return f"The key {workbench.revoke_key(found.name).name} opens nothing any more"

        self.confirm(
            "serve.revoke_key",
            lambda _: self.tasks.run(f"Revoking {found.name}", call),
            what=f"Who uses the key {found.name} is refused from then on.{opens}",
        )

    def _after_role(self, version: ModelVersion, then: Callable[[Role], None]) -> None:
        workbench = self.workbench
        if CHAMPION in version.aliases:
            self.warn(f"{version.label} is champion: it answers what the others leave.")
            return
        self.after(f"looking at {version.label}", lambda: roles.role(workbench, version), then)

    def _ask_for_share(self, known: Role) -> None:
        Prompt.ask(
            self.app,
            title="Canary",
            sentence=f"{known.version.label} answers this many per cent of the requests; 0 ends that",
            value=f"{known.percent or roles.FIRST_PERCENT}",
            then=lambda written: self._give_share(known, written),
        )

    def _give_share(self, known: Role, written: str) -> None:
        try:
            percent = roles.percent(written)
        except UsageError as error:
            self.warn(f"{error.problem} {error.remedy}")
            return
        workbench, label = self.workbench, known.version.label
        self.confirm(
            "serve.canary",
            lambda why: self.tasks.run(
                f"Giving {label} its share", lambda: roles.share(workbench, known, percent, why)
            ),
            what=roles.sharing(known, percent),
        )

    def _ask_to_shadow(self, known: Role) -> None:
        workbench, label = self.workbench, known.version.label
        self.confirm(
            "serve.shadow",
            lambda why: self.tasks.run(
                f"Copying requests to {label}", lambda: roles.shadow(workbench, known, why)
            ),
            what=roles.shadowing(known),
        )

    def _show_new_key(self, found: object) -> None:
        if isinstance(found, NewKey):
            self._given_key = self._given_key or found.text
            sentence = f"Send it as the header  authorization: Bearer {found.key.prefix}…"
            title = f"The key {found.key.name}"
            shown = ShownOnce(title=title, text=found.text, sentence=sentence)
            _ = self.app.push_screen(shown)
            self.host.look()

    def _keep_key(self, written: str | None) -> None:
        self._given_key = written or self._given_key
        self.host.look()

    @on(tasks.Failed)
    def _look_again(self) -> None:
        self.host.look()


def _asked(workbench: Workbench, model: str, address: str, key: str) -> Asked:
    """Whom the form asks: the model's champion as it is registered, with a row that it takes."""
    version = workbench.model_version(f"{model}@{CHAMPION}")
    example: Mapping[str, Scalar] = {}
    try:
        card = workbench.model_card(version.label)
        example = card.example.row if card.example is not None else {}
    except NotFound:
        pass
    return Asked(
        address=address,
        model=model,
        signature=version.signature,
        example=example,
        key=key,
        needs_key=any(one.is_active for one in workbench.api_keys()),
    )
