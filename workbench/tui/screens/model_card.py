"""The card of a model version: its pages on a screen of their own, its lineage as a tree to walk in."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.widget import Widget

from workbench.tui import actions
from workbench.tui.latest import Answer, NoAnswer
from workbench.tui.model_seen import PAGES
from workbench.tui.screens.sub import SubScreen
from workbench.tui.views import lineage, model_pages
from workbench.tui.views.lineage import Path, Place
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.choices import Choices
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

if TYPE_CHECKING:
    from storage.records import Lineage, LineageNode
    from workbench.api import Workbench
    from workbench.tui.model_seen import ModelSeen
    from workbench.tui.screens.models import ModelsScreen

TREE = "lineage"


class CardScreen(SubScreen[None]):
    """One version, page by page; what is done with it is done by the mode beneath."""

    DEFAULT_CSS = """
    CardScreen {
        #page { height: 1fr; }
        #tree { height: 1fr; display: none; }
        #told { height: 5; display: none; }
        &.-tree #page { display: none; }
        &.-tree #tree, &.-tree #told { display: block; }
    }
    """
    BINDINGS = actions.bindings("card")
    MODE = "card"
    OVER = "models"

    def __init__(self, workbench: Workbench, models: ModelsScreen) -> None:
        """Makes the card of what `models` has selected."""
        super().__init__(workbench)
        self._models = models
        self._seen: ModelSeen | None = None
        self._folded: set[Path] = set()
        self._grafts: dict[Path, tuple[LineageNode, ...]] = {}
        """What was read of what lies below places of the tree."""
        self._places: dict[Hashable, Place] = {}

    def panes(self) -> Iterable[Widget]:
        """The pages by name, the open one, and the tree that stands in its place."""
        with Vertical():
            yield Choices()
            yield Sheet(id="page")
            yield Table("", lineage.TREE, id="tree")
            yield Sheet("", id="told")

    def on_mount(self) -> None:
        """Shows what the mode beneath has read already, and asks for the rest."""
        super().on_mount()
        self.query_one("#page").focus()
        if self._models.page_seen is not None:
            self.show_page(self._models.page_seen)
        self._models.host.look()

    def show_page(self, seen: ModelSeen) -> None:
        """Fills the screen."""
        before, self._seen = self._seen, seen
        tabs = self.query_one(Choices)
        tabs.names, tabs.chosen = {page: page for page in PAGES}, seen.glance.page
        is_tree = seen.glance.page == TREE
        if before is None or before.glance != seen.glance:
            self._folded.clear()
            self._grafts.clear()
            self.set_class(is_tree, "-tree")
            self.query_one("#page", Sheet).scroll_home(animate=False)
            self.call_after_refresh(self.query_one("#tree" if is_tree else "#page").focus)
        if is_tree:
            self._grow()
            return
        sheet, now = self.query_one("#page", Sheet), self._models.host.now()
        sheet.border_title = model_pages.title(seen.card)
        sheet.show(lambda width, _height: model_pages.page_lines(seen, now, width))

    @on(Choices.Clicked)
    def _show_clicked(self, clicked: Choices.Clicked) -> None:
        self._models.open_page(clicked.key)

    @on(Table.Opened)
    def _fold(self, opened: Table.Opened) -> None:
        place, workbench = self._places.get(opened.key), self.workbench
        if place is None:
            return
        if place.is_unread:
            label = place.node.label
            self.latest.ask(place.path, lambda: workbench.dataset_lineage(label))
        elif place.children:
            self._folded ^= {place.path}
            self._grow()

    @on(Answer)
    def _graft(self, answer: Answer) -> None:
        """Puts what was read into the tree, unless that is another one by now."""
        place = self._places.get(answer.about)
        found: Lineage = answer.value  # type: ignore[assignment]
        if place is not None and place.node.label == found.label:
            self._grafts[place.path] = found.origins.children
            self._grow()

    @on(NoAnswer)
    def _show_no_answer(self, missed: NoAnswer) -> None:
        self.trouble(missed.error)

    @on(Table.Moved)
    def _tell(self) -> None:
        place = self._places.get(self.query_one("#tree", Table).selected)
        if place is not None:
            told = lineage.told(place)
            self.query_one("#told", Sheet).show(lambda width, _height: wrapped(told, width))

    def action_turn(self, amount: int) -> None:
        """Opens another page."""
        page = PAGES[(PAGES.index(self._models.page) + amount) % len(PAGES)]
        self._models.open_page(page)

    def action_promote(self) -> None:
        """Asks, then makes the version champion."""
        self._models.action_promote()

    def action_undo(self) -> None:
        """Asks, then takes the last move back."""
        self._models.action_undo()

    def action_verify(self) -> None:
        """Queues that the version is proved again."""
        self._models.action_verify()

    def action_export(self) -> None:
        """Asks where to, then queues the export."""
        self._models.action_export()

    def action_tag(self) -> None:
        """Asks for tags."""
        self._models.action_tag()

    def action_note(self) -> None:
        """Asks for a note."""
        self._models.action_note()

    def action_visit(self) -> None:
        """Goes to the screen of what is under the cursor, or of the run it was made of."""
        seen = self._seen
        if seen is None:
            return
        place = self._places.get(self.query_one("#tree", Table).selected)
        node = place.node if seen.glance.page == TREE and place is not None else None
        goal = lineage.goal(node) if node is not None else None
        if node is None and seen.version.run_id is not None:
            goal = "runs", seen.version.run_id
        if goal is None:
            self.notify("It has no screen of its own.", severity="warning")
            return
        mode, key = goal
        _ = self.dismiss(None)
        self.app.call_later(self._models.host.go_to, mode, key)

    def action_copy(self) -> None:
        """Copies the name of the version, or the line that calls it."""
        seen = self._seen
        if seen is None:
            return
        label, first = seen.version.label, next(iter(seen.calls), None)
        self.app.copy_to_clipboard(first.text if first is not None else label)
        told = f"The line that calls {label}" if first is not None else label
        self.notify(f"{told} is in the clipboard")

    def _grow(self) -> None:
        """Draws the tree anew, as it is folded."""
        seen, tree = self._seen, self.query_one("#tree", Table)
        if seen is None or seen.lineage is None:
            return
        shown = lineage.places(seen.lineage, self._folded, self._grafts)
        self._places = {one.path: one for one in shown}
        tree.border_title = f"{seen.version.label}  lineage, enter folds"
        tree.show(lineage.place_rows(shown))
        self._tell()
