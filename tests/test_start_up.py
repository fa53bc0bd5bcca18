"""What a start imports: a process per statement looks at `sys.modules`."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

import pytest

import workbench.core

HEAVY = {
    "alembic",
    "duckdb",
    "lightgbm",
    "litestar",
    "numpy",
    "onnx",
    "onnxruntime",
    "optuna",
    "pandas",
    "rich",
    "scipy",
    "skl2onnx",
    "sklearn",
    "sqlalchemy",
    "sqlite3",
    "textual",
    "uvicorn",
    "watchdog",
}
CORE_MAY = {"numpy", "scipy"}
INTERFACE_MAY = {"rich", "textual"}

LOOK = """
import json, sys
try:
    exec(sys.argv[1])
except SystemExit:
    pass
sys.stderr.write(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def modules_after(statement: str) -> set[str]:
    looked = subprocess.run(
        [sys.executable, "-c", LOOK, statement],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert looked.returncode == 0, looked.stderr
    return set(json.loads(looked.stderr.splitlines()[-1]))


def command(*words: str) -> str:
    return f"from workbench.__main__ import main; main({list(words)!r})"


@pytest.mark.parametrize(
    "statement",
    [
        "import workbench",
        "import workbench.cli",
        "import workbench.config",
        "import workbench.errors",
        "import storage.records",
        "import storage.errors",
        "import sample_data",
        command("--help"),
        command("--version"),
        command("data", "--help"),
        command("model", "promote", "--help"),
        command("score", "--help"),
        command("serve", "--help"),
        command("tune", "--help"),
        command("no-such-command"),
    ],
)
def test_nothing_heavy_is_loaded(statement):
    assert modules_after(statement) & HEAVY == set()


def test_the_help_imports_no_command():
    statement = f"{command('--help')}; import sys; assert 'workbench.cli.data' not in sys.modules"

    assert "click" in modules_after(statement)


def test_the_core_loads_numbers_and_nothing_else():
    names = [one.name for one in pkgutil.iter_modules(workbench.core.__path__)]
    statement = "; ".join(f"import workbench.core.{name}" for name in names)

    assert modules_after(statement) & HEAVY <= CORE_MAY


def test_the_interface_loads_no_machinery():
    assert modules_after("import workbench.tui.app") & HEAVY <= INTERFACE_MAY


def test_scoring_loads_the_store_the_runtime_and_numbers():
    statement = "import workbench.services.scoring, workbench.services.predicting"
    may = {"duckdb", "numpy", "onnxruntime", "sqlalchemy", "sqlite3"}

    assert modules_after(statement) & HEAVY <= may


def test_the_endpoint_loads_no_estimators_and_no_widgets():
    loaded = modules_after("import workbench.http.process.server")

    assert loaded & {"sklearn", "lightgbm", "pandas", "skl2onnx", "textual", "rich"} == set()
