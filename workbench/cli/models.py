"""Models: the table of their commands."""

from __future__ import annotations

import click

from workbench.cli.lazy import Entry, LazyGroup

COMMANDS = {
    "Look": {
        "list": Entry("model_lists:list_models", "List the models with their champions."),
        "log": Entry("model_lists:log", "List a model's versions and how its aliases moved."),
        "show": Entry("model_page:show", "Show a model, or one version with all that matters."),
        "card": Entry("model_card:card", "Show all that is known of a version, or write it."),
        "diff": Entry("model_comparing:diff", "Show how one version differs from another."),
        "lineage": Entry("lineage:model", "Show what a version was made of and what came of it."),
        "reviews": Entry("model_lists:reviews", "List what the gate said of challengers."),
    },
    "Make and prove": {
        "register": Entry("model_register:register", "Make a run a version of a model."),
        "verify": Entry("model_register:verify", "Prove a version's export again."),
    },
    "Serve": {
        "promote": Entry(
            "model_aliases:promote", "Point the champion, or another alias, at a version."
        ),
        "rollback": Entry("model_aliases:rollback", "Make the previous champion champion again."),
        "alias": Entry("model_aliases:alias", "Show a model's aliases; take one away."),
        "export": Entry("model_export:export", "Write a folder that runs elsewhere."),
    },
    "Keep": {
        "tag": Entry("model_upkeep:tag", "Set tags of a version, or take them away."),
        "note": Entry("model_upkeep:note", "Write a note on a version."),
        "rm": Entry("model_upkeep:remove", "Take a version away that no alias points at."),
    },
}
"""A command lives in a module of its noun; its entry here is all that the help needs."""


@click.group(cls=LazyGroup, sections=COMMANDS, package="workbench.cli")
def model() -> None:
    """Look at models; register, compare, promote, roll back and prove versions.

    VERSION is written late@v3, or late@champion for the one that is served.
    """
