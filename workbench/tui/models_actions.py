"""The part of the action table about models: the list, a version's card, and two versions side by side."""

from __future__ import annotations

from dataclasses import replace

from workbench.tui.action import Action

MODELS = (
    Action(
        id="models.promote",
        keys="P",
        label="Promote",
        tooltip="Makes the selected version champion.",
        method="promote",
        confirm="{what}",
        changes_serving=True,
    ),
    Action(
        id="models.roll_back",
        keys="B",
        label="Roll back",
        tooltip="Makes the previous champion of the selected model champion again.",
        method="roll_back",
        confirm="{what}",
        changes_serving=True,
    ),
    Action(
        id="models.undo",
        keys="U",
        label="Undo",
        tooltip="Takes your last move of an alias back, while it is still the last one.",
        method="undo",
        confirm="{what}",
        changes_serving=True,
    ),
    Action(
        id="models.mark",
        keys="space",
        shown="space",
        label="Mark",
        tooltip="Marks the selected version to be held against another, or takes the mark away.",
        method="mark",
    ),
    Action(
        id="models.compare",
        keys="c",
        label="Diff",
        tooltip="Shows what differs between the two marked versions, or the selected one and the champion.",
        method="compare",
    ),
    Action(
        id="models.register",
        keys="n",
        label="Register",
        tooltip="Makes a version of a finished run: exported, and proved on real rows.",
        method="register",
    ),
    Action(
        id="models.next_page",
        keys="right_square_bracket",
        shown="]",
        label="Page",
        tooltip="Shows more of the version: figures, inputs, proof, gate, lineage, how to call it.",
        method="turn(1)",
    ),
    Action(
        id="models.verify",
        keys="v",
        label="Verify",
        tooltip="Proves the selected version again, with the packages of today.",
        method="verify",
    ),
    Action(
        id="models.export",
        keys="e",
        label="Export",
        tooltip="Puts the selected version into a folder that runs elsewhere, or that a model server takes.",
        method="export",
    ),
    Action(
        id="models.alias",
        keys="a",
        label="Alias",
        tooltip="Points an alias that serves nothing at the selected version, or takes it away.",
        method="alias",
    ),
    Action(
        id="models.tag",
        keys="t",
        label="Tag",
        tooltip="Sets tags of the selected version.",
        method="tag",
    ),
    Action(
        id="models.note",
        keys="w",
        label="Note",
        tooltip="Writes a note to the selected version.",
        method="note",
    ),
    Action(
        id="models.remove",
        keys="x",
        label="Remove",
        tooltip="Removes the selected version, unless an alias points at it.",
        method="remove",
        confirm="{what}",
    ),
    Action(
        id="models.last_page",
        keys="left_square_bracket",
        shown="[",
        tooltip="Goes back to the page of the version before.",
        method="turn(-1)",
    ),
)
_ON_THE_CARD = (
    "models.next_page",
    "models.last_page",
    "models.promote",
    "models.undo",
    "models.verify",
    "models.export",
    "models.tag",
    "models.note",
)
CARD = (
    *(
        replace(action, id=action.id.replace("models.", "card."))
        for wanted in _ON_THE_CARD
        for action in MODELS
        if action.id == wanted
    ),
    Action(
        id="card.visit",
        keys="o",
        label="Its screen",
        tooltip="Goes to the run, dataset or version under the cursor; elsewhere to the run it was made of.",
        method="visit",
    ),
    Action(
        id="card.copy",
        keys="y",
        label="Copy",
        tooltip="Copies the name of the version, or the line that calls it.",
        method="copy",
    ),
    Action(
        id="card.back",
        keys="escape",
        shown="esc",
        label="Back",
        tooltip="Goes back to the models.",
        method="back",
    ),
)
MODEL_DIFF = (
    Action(
        id="model_diff.swap",
        keys="s",
        label="Swap",
        tooltip="Compares the other way round.",
        method="swap",
    ),
    Action(
        id="model_diff.next_pane",
        keys="tab",
        tooltip="Goes to the other pane.",
        method="next_pane",
    ),
    Action(
        id="model_diff.back",
        keys="escape",
        shown="esc",
        label="Back",
        tooltip="Goes back to the models.",
        method="back",
    ),
)
