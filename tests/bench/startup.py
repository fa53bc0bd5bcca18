"""How long the command line takes to say anything, beside the library it is built on."""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path

from tests.bench import measuring

ROUNDS = 20
YARDSTICK = "import click"


def run() -> None:
    """Times whole processes, from start to exit."""
    script = str(Path(sys.executable).with_name("workbench"))
    commands = {
        "bare Python": [sys.executable, "-c", "pass"],
        YARDSTICK: [sys.executable, "-c", "import click"],
        "workbench --version": [script, "--version"],
        "workbench --help": [script, "--help"],
        "workbench data --help": [script, "data", "--help"],
    }
    contestants = {
        name: functools.partial(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
        for name, command in commands.items()
    }
    timings = measuring.side_by_side(contestants, yardstick=YARDSTICK, rounds=ROUNDS)
    measuring.print_timings("Start-up", timings, yardstick=YARDSTICK, rounds=ROUNDS)
