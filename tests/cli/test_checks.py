"""`data check` on a real project: what it prints, and its exit codes."""

from __future__ import annotations

import json
import tomllib

import pytest

from storage.store import Store
from workbench import config
from workbench.cli import main
from workbench.services import checks
from workbench.services.context import Context

PROJECT = """
[project]
name = "shop"
[datasets.sales]
key = ["id"]
[datasets.sales.checks.columns]
"가격" = { min = 0 }
"""


@pytest.fixture
def project(tmp_path, capsys):
    """A project with one accepted version of 200 rows."""
    (tmp_path / "workbench.toml").write_text(PROJECT, encoding="utf-8")
    lines = [f"{n},{n % 17}" for n in range(200)]
    (tmp_path / "sales.csv").write_text("\n".join(["id,가격", *lines]), encoding="utf-8")
    assert main(["init", str(tmp_path)]) == 0
    assert main(["-C", str(tmp_path), "data", "add", "sales", str(tmp_path / "sales.csv")]) == 0
    store = Store.create(tmp_path, program="test")
    read = config.read(tmp_path / "workbench.toml")
    checks.run(Context(store=store, config=read, who="test"), dataset="sales", version=1)
    store.close()
    capsys.readouterr()
    return tmp_path


@pytest.fixture
def carry_out(project, capsys):
    """Carries out `data check` in the project: exit code, stdout, stderr."""

    def carry_out(*words: str) -> tuple[int, str, str]:
        code = main(["-C", str(project), "data", "check", *words])
        return code, *capsys.readouterr()

    return carry_out


def ask(project, asked):
    text = PROJECT.replace('"가격" = { min = 0 }', asked)
    (project / "workbench.toml").write_text(text, encoding="utf-8")


def test_checks_that_pass_exit_with_nought(carry_out):
    code, out, err = carry_out("sales")

    assert (code, err) == (0, "sales@v1, as its checks would end today\n")
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [["가격", "min"], ["key", "id"]]


@pytest.mark.parametrize(
    ("asked", "code"),
    [("{ min = 3 }", 1), ('{ min = 3, on_fail = "warn" }', 0)],
    ids=["blocks", "warns"],
)
def test_checks_that_would_block_exit_with_one(project, carry_out, asked, code):
    ask(project, f'"가격" = {asked}')
    found, out, err = carry_out("sales@v1")

    assert found == code
    assert "36 of 200" in out
    assert "가격 min: 3 of 36 rows" in err
    assert '{"id":0,"가격":0}' in err


def test_a_program_gets_one_document(project, carry_out):
    ask(project, '"가격" = { max = 3, on_fail = "warn" }')
    code, out, _ = carry_out("sales", "--json")
    (failed, _) = json.loads(out)

    assert code == 0
    assert (failed["check"], failed["passed"], len(failed["examples"])) == ("가격 max", False, 20)


def test_the_history_is_a_table_of_checks_and_versions(carry_out):
    code, out, _ = carry_out("sales", "--history")

    assert code == 0
    assert [line.split() for line in out.splitlines()] == [
        ["check", "v1"],
        ["가격", "min", "0"],
        ["key", "id", "unique", "0"],
    ]


def test_the_history_is_a_document_for_programs(carry_out):
    history = json.loads(carry_out("sales", "--history", "--json")[1])

    assert [one["number"] for one in history["versions"]] == [1]
    assert history["checks"][0]["results"][0]["rows"] == 200


def test_what_is_suggested_is_toml_on_stdout(carry_out):
    code, out, _ = carry_out("sales", "--suggest")
    asked = tomllib.loads(out)["datasets"]["sales"]["checks"]

    assert code == 0
    assert asked["columns"]["가격"] == {"not_null": True, "min": 0, "max": 24}


def test_a_dataset_of_which_nothing_is_asked_is_told_how_to_begin(project, carry_out):
    text = PROJECT.partition("key")[0]
    (project / "workbench.toml").write_text(text, encoding="utf-8")
    code, out, err = carry_out("sales")

    assert (code, out) == (0, "")
    assert "`workbench data check sales --suggest`" in err


@pytest.mark.parametrize(
    ("words", "code"),
    [(["nosuch"], 4), (["sales@v9"], 4), (["sales", "--history", "--suggest"], 2)],
)
def test_what_cannot_be_meant_has_its_exit_code(carry_out, words, code):
    assert carry_out(*words)[0] == code


def test_a_check_that_cannot_be_asked_is_a_mistake_of_usage(project, carry_out):
    ask(project, '"할인" = { min = 0 }')
    code, _, err = carry_out("sales")

    assert code == 2
    assert "Checks of sales name columns it does not have: 할인." in err
