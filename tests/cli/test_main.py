from __future__ import annotations

import subprocess
import sys

import click
import pytest

import workbench.cli
from storage.errors import NotFound
from workbench.cli import COMMANDS, main, options, problems, root
from workbench.errors import ConfigInvalid

ENTRIES = {name: entry for entries in COMMANDS.values() for name, entry in entries.items()}


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command below `command`."""
    if not isinstance(command, click.Group):
        return [words]
    context = click.Context(command)
    below = {name: command.get_command(context, name) for name in command.list_commands(context)}
    return [path for name, one in below.items() for path in leaves(one, (*words, name))]


@pytest.mark.parametrize("words", leaves(root), ids=" ".join)
def test_every_command_explains_itself(words, capsys):
    assert main([*words, "--help"]) == 0

    told = capsys.readouterr()
    assert told.out.startswith(f"Usage: workbench {' '.join(words)}")
    assert told.err == ""


@pytest.mark.parametrize("name", ENTRIES)
def test_the_help_says_of_a_command_what_the_command_says(name):
    command = root.get_command(click.Context(root), name)

    assert command.get_short_help_str(200) == ENTRIES[name].help


READING = [
    "status",
    "data list",
    "data log",
    "data show",
    "data profile",
    "data check",
    "runs list",
    "runs show",
    "model list",
    "model show",
    "model log",
    "model reviews",
    "drift show",
    "drift history",
    "jobs list",
    "jobs show",
    "events",
    "alerts list",
    "history",
]


@pytest.mark.parametrize("words", READING)
def test_every_reading_command_has_json(words, capsys):
    main([*words.split(), "--help"])

    assert "--json" in capsys.readouterr().out


def test_the_help_names_every_command(capsys):
    assert main(["--help"]) == 0

    words = capsys.readouterr().out.split()
    assert set(ENTRIES) <= set(words)


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"workbench {workbench.__version__}\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["statsu"], "There is no command 'statsu'. Did you mean 'status'?"),
        (["xyzzy"], "There is no command 'xyzzy'."),
        (["data", "lsit"], "No such command 'lsit'."),
        (["status", "--jsn"], "No such option"),
        (["runs", "show"], "Missing argument"),
        (["run", "late", "--set", "seed"], "'seed' has no form NAME=VALUE."),
        (["-C", "no/such/folder", "status"], "does not exist"),
        (["alerts", "ack", "x"], "not a valid integer"),
        (["data", "log", "flights", "--limit", "0"], "0 is not in the range"),
    ],
)
def test_a_command_line_that_means_nothing_is_a_usage_error(words, told, capsys):
    assert main(words) == 2

    output = capsys.readouterr()
    assert told in output.err
    assert output.out == ""


def test_a_folder_without_a_project_is_not_found(tmp_path, capsys):
    assert main(["-C", str(tmp_path), "status", "--json"]) == 4

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == [
        f"There is no Workbench project in {tmp_path}.",
        "Go to a project's folder, make one with `workbench init`, or try `workbench demo`.",
    ]


def test_the_interface_asks_for_a_terminal(capsys):
    assert main([]) == 2
    assert "needs a terminal" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (NotFound("No run is r9.", "Known runs: r1."), 4, "No run is r9.\nKnown runs: r1.\n"),
        (ConfigInvalid("a: 1\na: 2"), 2, "a: 1\na: 2\n"),
        (click.UsageError("No."), 2, "Error: No.\n"),
        (
            KeyError("rows"),
            1,
            "A fault in Workbench: KeyError: 'rows'. `workbench --debug …` shows where it happened.\n",
        ),
    ],
)
def test_a_problem_is_told_with_its_remedy_and_its_exit_code(error, code, told, capsys):
    assert problems.tell(error, with_traceback=False) == code
    assert capsys.readouterr() == ("", told)


def test_debug_shows_where_a_fault_happened(capsys):
    problems.tell(RuntimeError("broken"), with_traceback=True)

    told = capsys.readouterr().err
    assert told.endswith("A fault in Workbench: RuntimeError: broken.\n")
    assert "RuntimeError: broken\n" in told


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=3", 3),
        ("a=-0.5", -0.5),
        ("a=1e-3", 0.001),
        ("a=True", True),
        ("a=none", None),
        ("a=b=c", "b=c"),
        ("a=", ""),
    ],
)
def test_a_setting_is_a_number_a_flag_or_text(text, value):
    assert options.params([text]) == {"a": value}


def test_a_closed_pipe_is_no_fault():
    script = f"{sys.executable} -m workbench --help | true"

    ended = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True
    )

    assert ended.stderr == ""
