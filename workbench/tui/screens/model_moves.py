"""How the aliases of a model are moved: promoted, rolled back, taken back, pointed and taken away."""

from __future__ import annotations

from collections.abc import Callable

from textual import on

from storage.records import CHAMPION, ModelVersion
from workbench.tui import standing, tasks
from workbench.tui.screens.confirm import BY_HAND
from workbench.tui.screens.prompt import Prompt
from workbench.tui.screens.reading import ReadingScreen
from workbench.tui.standing import Moved, Standing

NO_VERSION = "No version is selected."
_SUGGESTED = "challenger"


class ModelMovesScreen(ReadingScreen):
    """A mode in which a version of a model is selected."""

    def __init__(self) -> None:
        super().__init__()
        self._moved: Moved | None = None
        """The last move that was made here and not taken back."""

    @property
    def model(self) -> str | None:
        """The model that is looked at; None: there is none."""
        raise NotImplementedError

    @property
    def selected(self) -> ModelVersion | None:
        """The version with the cursor; None: there is none."""
        raise NotImplementedError

    def meant(self) -> ModelVersion | None:
        """The selected version; says so when there is none."""
        version = self.selected
        if version is None:
            self.warn(NO_VERSION)
        return version

    def action_promote(self) -> None:
        """Asks, then makes the selected version champion if the champion shown still is."""
        version = self.meant()
        if version is None:
            return
        if CHAMPION in version.aliases:
            self.notify(f"{version.label} is champion already")
            return
        self._after_looking(version, self._ask_to_promote)

    def action_roll_back(self) -> None:
        """Asks, then makes the previous champion champion again if the one shown still is."""
        workbench, model = self.workbench, self.model
        if model is None:
            self.warn("There is no model yet.")
            return

        def look() -> tuple[ModelVersion, dict[str, int]]:
            return workbench.champion_before(model), workbench.model_aliases(model)

        def ask(found: tuple[ModelVersion, dict[str, int]]) -> None:
            before, aliases = found
            champion = aliases.get(CHAMPION)

            def call(why: str) -> Moved:
                back = workbench.roll_back(model, expected=champion, why=why)
                said = f"{back.label} is champion again; was v{champion}"
                return standing.last_move(workbench, model, CHAMPION, said, is_back=True)

            what = standing.rolling_back(before, aliases)
            self._move("models.roll_back", f"Rolling back {model}", call, what)

        self.after("looking at the champion before", look, ask)

    def action_undo(self) -> None:
        """Asks, then takes the last move that was made here back, while it is still the last one."""
        moved, workbench = self._moved, self.workbench
        if moved is None:
            self.warn("No alias has been moved here yet, so there is nothing to take back.")
            return

        def ask(overtaken: str) -> None:
            if overtaken:
                self.warn(overtaken)
                return
            self._move(
                "models.undo",
                f"Taking back {moved.move.alias} of {moved.model}",
                lambda why: standing.take_back(workbench, moved, why),
                standing.taking_back(moved),
            )

        self.after("looking at the last move", lambda: standing.overtaken(workbench, moved), ask)

    def action_alias(self) -> None:
        """Asks for an alias, then points it at the selected version, or takes it away."""
        version = self.meant()
        if version is not None:
            self._after_looking(version, self._ask_for_alias)

    @on(tasks.Done)
    def _keep_move(self, done: tasks.Done) -> None:
        if isinstance(done.value, Moved):
            done.prevent_default()
            self._moved = done.value
            self.notify(done.value.told)
            self.host.look()

    def _after_looking(self, version: ModelVersion, then: Callable[[Standing], None]) -> None:
        workbench, label = self.workbench, version.label
        self.after(f"looking at {label}", lambda: standing.standing(workbench, label), then)

    def _ask_to_promote(self, known: Standing) -> None:
        workbench, version, is_failed = self.workbench, known.version, known.failed is not None
        was = f"v{known.champion}" if known.champion else "nothing"

        def call(why: str) -> Moved:
            workbench.promote(
                version.model,
                version.number,
                expected=known.champion,
                why=why,
                override=why if is_failed else None,
            )
            said = f"{version.label} is champion; was {was}"
            return standing.last_move(workbench, version.model, CHAMPION, said)

        needs = "why it may be served in spite of its failed proof" if is_failed else ""
        what = standing.promotion(known)
        self._move("models.promote", f"Promoting {version.label}", call, what, needs=needs)

    def _ask_for_alias(self, known: Standing) -> None:
        version = known.version
        mine = [alias for alias, number in known.aliases.items() if number == version.number]
        others = [alias for alias in mine if alias != CHAMPION]
        taken = f"; {others[0]} again takes it away" if others else ""
        Prompt.ask(
            self.app,
            title="Alias",
            sentence=f"{version.label} gets this alias, which changes nothing that is served{taken}",
            value=others[0] if others else _SUGGESTED,
            then=lambda alias: self._point(known, alias.strip()),
        )

    def _point(self, known: Standing, alias: str) -> None:
        workbench, version = self.workbench, known.version
        if alias == CHAMPION:
            self.warn("P makes a version champion: that changes what is served.")
            return
        before = known.aliases.get(alias)

        def call() -> Moved:
            model = version.model
            if before == version.number:
                workbench.withdraw(model, alias, expected=before, why=BY_HAND)
                said = f"{version.label} is no {alias} any more"
            else:
                workbench.promote(model, version.number, expected=before, why=BY_HAND, alias=alias)
                said = f"{version.label} is {alias}" + (f"; was v{before}" if before else "")
            return standing.last_move(workbench, model, alias, said)

        self.tasks.run(f"Pointing {alias} at {version.label}", call)

    def _move(
        self, action: str, doing: str, call: Callable[[str], Moved], what: str, *, needs: str = ""
    ) -> None:
        """Asks, then moves an alias for the reason that was given."""
        self.confirm(
            action, lambda why: self.tasks.run(doing, lambda: call(why)), needs=needs, what=what
        )
