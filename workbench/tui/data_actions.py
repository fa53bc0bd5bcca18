"""The part of the action table about data: datasets, versions, rows, checks, files and quarantine."""

from __future__ import annotations

from workbench.tui.action import Action


def _quarantine(scope: str) -> tuple[Action, ...]:
    return (
        Action(
            id=f"{scope}.accept",
            keys="a",
            label="Accept",
            tooltip="Makes the rows of a quarantined version current all the same; asks why.",
            method="accept",
            confirm="The {rows} of {name} become current as a new version, though: {reason}",
        ),
        Action(
            id=f"{scope}.retry",
            keys="f",
            label="Try again",
            tooltip="Checks a quarantined version again, or puts a quarantined file back to be read.",
            method="retry",
            confirm="{what}",
        ),
    )


DATA = (
    Action(
        id="data.rows",
        keys="r",
        label="Rows",
        tooltip="Shows the rows of the selected version: page, sort, filter by WHERE, sample.",
        method="rows",
    ),
    Action(
        id="data.import",
        keys="i",
        label="Import",
        tooltip="Reads a file into a dataset; shows first what would be read.",
        method="import_file",
    ),
    Action(
        id="data.mark",
        keys="space",
        shown="space",
        label="Mark",
        tooltip="Marks the selected version to be compared, or takes the mark away.",
        method="mark",
    ),
    Action(
        id="data.compare",
        keys="c,d",
        label="Compare",
        tooltip="Compares two marked versions, or the selected one with its parent.",
        method="compare",
    ),
    Action(
        id="data.history",
        keys="h",
        label="History",
        tooltip="Shows what each check found in the newest versions.",
        method="history",
    ),
    Action(
        id="data.try",
        keys="t",
        label="Try checks",
        tooltip="Runs the checks of today's workbench.toml on the selected version; keeps nothing.",
        method="try_checks",
    ),
    Action(
        id="data.suggest",
        keys="s",
        label="Suggest",
        tooltip="Writes checks that the newest versions would pass, as TOML to copy.",
        method="suggest",
    ),
    *_quarantine("data"),
    Action(
        id="data.undo",
        keys="u",
        label="Undo",
        tooltip="Makes a new version without the rows that the selected one added.",
        method="undo",
        confirm="A new version of {dataset} without the {rows} that v{number} added is checked, then current.",
    ),
    Action(
        id="data.remove",
        keys="x",
        label="Remove",
        tooltip="Removes the selected version or dataset, or drops what is in quarantine.",
        method="remove",
        confirm="{what}",
    ),
    Action(
        id="data.export",
        keys="e",
        label="Export",
        tooltip="Writes the rows of the selected version to a file.",
        method="export",
    ),
    Action(
        id="data.verify",
        keys="v",
        label="Verify",
        tooltip="Reads all bytes of the store again, and names what is damaged and who needs it.",
        method="verify",
        confirm="{size} of blobs are read again and compared with their names; nothing is changed.",
    ),
    Action(
        id="data.sweep",
        keys="w",
        label="Sweep",
        tooltip="Frees the bytes that nothing needs any more; says first how many.",
        method="sweep",
        confirm="{what}",
    ),
)
INBOX = (
    *_quarantine("inbox"),
    Action(
        id="inbox.drop",
        keys="x",
        label="Drop",
        tooltip="Forgets what is in quarantine; a file stays where it lies.",
        method="drop",
        confirm="{what}",
    ),
    Action(
        id="inbox.import",
        keys="i",
        label="Import",
        tooltip="Reads a file into a dataset; shows first what would be read.",
        method="import_file",
    ),
)
GRID = (
    Action(
        id="grid.right",
        keys="l,right",
        shown="l →",
        tooltip="One column to the right.",
        method="move_column(1)",
    ),
    Action(
        id="grid.left",
        keys="h,left",
        shown="h ←",
        tooltip="One column to the left.",
        method="move_column(-1)",
    ),
    Action(
        id="grid.far_right",
        keys="ctrl+right,right_square_bracket",
        shown="] ctrl+→",
        tooltip="As many columns to the right as are in sight.",
        method="move_columns(1)",
    ),
    Action(
        id="grid.far_left",
        keys="ctrl+left,left_square_bracket",
        shown="[ ctrl+←",
        tooltip="As many columns to the left as are in sight.",
        method="move_columns(-1)",
    ),
)
ROWS = (
    Action(
        id="rows.where",
        keys="slash",
        shown="/",
        label="Where",
        tooltip="Keeps the rows that meet a SQL condition: `carrier = 'UA' and distance > 500`.",
        method="where",
    ),
    Action(
        id="rows.sort",
        keys="o",
        label="Sort",
        tooltip="Sorts by the column with the cursor: up, then down, then not at all.",
        method="sort",
    ),
    Action(
        id="rows.find",
        keys="f",
        label="Column",
        tooltip="Goes to a column by a part of its name.",
        method="find",
    ),
    Action(
        id="rows.sample",
        keys="s",
        label="Sample",
        tooltip="Shows random rows that meet the condition, others with each press.",
        method="sample",
    ),
    Action(
        id="rows.export",
        keys="e",
        label="Export",
        tooltip="Writes all rows that meet the condition to a file, sorted as they are shown.",
        method="export",
    ),
    Action(
        id="rows.copy",
        keys="y",
        label="Copy",
        tooltip="Copies the value under the cursor.",
        method="copy_value",
    ),
    Action(
        id="rows.back",
        keys="escape",
        shown="esc",
        label="Back",
        tooltip="Goes back: out of the condition, the sample, the rows.",
        method="back",
    ),
)
OTHERS = (
    Action(
        id="diff.back",
        keys="escape",
        shown="esc",
        label="Back",
        tooltip="Goes back to the versions.",
        method="back",
    ),
    Action(
        id="diff.swap",
        keys="s",
        label="Swap",
        tooltip="Compares the other way round.",
        method="swap",
    ),
    Action(
        id="history.back",
        keys="escape",
        shown="esc",
        label="Back",
        tooltip="Goes back to the versions.",
        method="back",
    ),
    Action(
        id="importing.agree",
        keys="ctrl+s,enter",
        shown="enter",
        label="Import",
        tooltip="Reads what is shown into the dataset.",
        method="agree",
    ),
    Action(
        id="importing.list",
        keys="down",
        shown="↓",
        label="Files",
        tooltip="Goes to the files that begin like the path.",
        method="list_files",
    ),
    Action(
        id="importing.next",
        keys="ctrl+n",
        label="Dataset",
        tooltip="Reads the file into the next dataset.",
        method="next_dataset",
    ),
    Action(
        id="importing.complete",
        keys="tab",
        label="Complete",
        tooltip="Completes the path as far as it is the only one.",
        method="complete",
    ),
    Action(
        id="importing.back",
        keys="escape",
        shown="esc",
        label="Back",
        tooltip="Goes back and reads nothing.",
        method="back",
    ),
)
