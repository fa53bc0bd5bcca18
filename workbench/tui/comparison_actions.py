"""The part of the action table about runs that are compared."""

from __future__ import annotations

from workbench.tui.action import Action

COMPARISON = (
    Action(
        id="comparison.next_figure",
        keys="right_square_bracket,right",
        shown="] →",
        label="Next figure",
        tooltip="Draws the next figure: intervals, curves, scatter, ROC, calibration and so on.",
        method="step_figure(1)",
    ),
    Action(
        id="comparison.previous_figure",
        keys="left_square_bracket,left",
        shown="[ ←",
        tooltip="Draws the figure before.",
        method="step_figure(-1)",
    ),
    Action(
        id="comparison.metric",
        keys="m",
        label="Metric",
        tooltip="Draws the next metric, or the next kind of what is drawn.",
        method="next_choice",
    ),
    Action(
        id="comparison.param",
        keys="p",
        label="Param",
        tooltip="Draws a metric against the next param, those that differ first.",
        method="next_param",
    ),
    Action(
        id="comparison.base",
        keys="b",
        label="Base",
        tooltip="Holds the others against the next run.",
        method="next_base",
    ),
    Action(
        id="comparison.again",
        keys="r",
        label="Read again",
        tooltip="Reads the runs anew.",
        method="read_again",
    ),
    Action(
        id="comparison.zoom",
        keys="z",
        label="Zoom",
        tooltip="Gives the focused pane the whole screen, and back.",
        method="zoom",
    ),
    Action(
        id="comparison.next_pane",
        keys="tab",
        tooltip="Goes to the other pane.",
        method="next_pane",
    ),
    Action(
        id="comparison.back",
        keys="escape",
        shown="esc",
        label="Back",
        tooltip="Goes back: out of a zoom, then to the runs.",
        method="back",
    ),
)
