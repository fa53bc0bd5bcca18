"""The part of the action table about what is served: versions in their roles, the endpoint, its keys, a row to try."""

from __future__ import annotations

from dataclasses import replace

from workbench.tui.action import Action
from workbench.tui.models_actions import MODELS

_OF_MODELS = ("models.promote", "models.roll_back", "models.undo")
SERVE = (
    *(
        replace(action, id=action.id.replace("models.", "serve."))
        for wanted in _OF_MODELS
        for action in MODELS
        if action.id == wanted
    ),
    Action(
        id="serve.canary",
        keys="C",
        label="Canary",
        tooltip="Gives the selected version a share of the requests; 0 takes it away.",
        method="canary",
        confirm="{what}",
        changes_serving=True,
    ),
    Action(
        id="serve.shadow",
        keys="S",
        label="Shadow",
        tooltip="Sends the selected version copies of the requests, which are compared and answer nobody; or ends that.",
        method="shadow",
        confirm="{what}",
        changes_serving=True,
    ),
    Action(
        id="serve.switch",
        keys="E",
        label="Start/stop",
        tooltip="Starts the endpoint, or stops it once it has answered what it has begun.",
        method="switch",
        confirm="{what}",
        changes_serving=True,
    ),
    Action(
        id="serve.try",
        keys="t",
        label="Try",
        tooltip="Asks the endpoint about a row that you fill in.",
        method="try_row",
    ),
    Action(
        id="serve.follow",
        keys="f",
        label="Follow",
        tooltip="Holds the request log still, and follows it again.",
        method="follow",
    ),
    Action(
        id="serve.next_page",
        keys="right_square_bracket",
        shown="]",
        label="Page",
        tooltip="Shows more: traffic, realised performance, processes, keys.",
        method="turn(1)",
    ),
    Action(
        id="serve.last_page",
        keys="left_square_bracket",
        shown="[",
        tooltip="Goes back to the page before.",
        method="turn(-1)",
    ),
    Action(
        id="serve.percentile",
        keys="m",
        label="Percentile",
        tooltip="Draws another percentile of the latency: p99, p90, p50.",
        method="percentile",
    ),
    Action(
        id="serve.keys",
        keys="a",
        label="API keys",
        tooltip="Shows the keys that open the endpoint.",
        method="show_keys",
    ),
    Action(
        id="serve.new_key",
        keys="n",
        label="New key",
        tooltip="Makes a key for the endpoint; its text is shown once.",
        method="new_key",
    ),
    Action(
        id="serve.revoke_key",
        keys="x",
        label="Revoke",
        tooltip="Ends the selected key: who uses it is refused from then on.",
        method="revoke_key",
        confirm="{what}",
    ),
)
TRYING = (
    Action(
        id="trying.ask",
        keys="ctrl+s",
        label="Ask",
        tooltip="Sends the row to the endpoint; so does enter in a line that is written.",
        method="ask",
    ),
    Action(
        id="trying.again",
        keys="ctrl+r",
        label="As at first",
        tooltip="Fills in the example row again.",
        method="again",
    ),
    Action(
        id="trying.copy",
        keys="ctrl+o",
        label="Copy curl",
        tooltip="Copies the line that asks the same from a shell.",
        method="copy",
    ),
    Action(
        id="trying.leave",
        keys="escape",
        shown="esc",
        label="Leave it",
        tooltip="Goes back to the screen.",
        method="leave",
    ),
    Action(
        id="shown_once.copy",
        keys="y",
        label="Copy",
        tooltip="Copies the key.",
        method="copy",
    ),
    Action(
        id="shown_once.leave",
        keys="escape,enter",
        shown="esc",
        label="Done",
        tooltip="Goes back; the key cannot be shown again.",
        method="leave",
    ),
)
