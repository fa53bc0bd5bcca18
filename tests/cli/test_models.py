"""The commands on models, over versions that were registered beforehand."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from storage.records import InputColumn, InputType, NewModelVersion
from storage.store import Store
from tests.http.project import SIGNATURE, make_project, register
from workbench.cli import lineage, main
from workbench.cli.models import COMMANDS


@pytest.fixture
def project(tmp_path):
    """A project with three versions of `late`; the third one's proof failed."""
    make_project(tmp_path)
    store = Store.open(tmp_path, program="test")
    for bias in (0.0, 1.0):
        register(store, bias=bias)
    broken = register(store, bias=2.0)
    kept = {
        name: getattr(broken, name) for name in NewModelVersion.__slots__ if name != "experiment"
    }
    with store.write() as tx:
        tx.models.remove(broken)
        parity = replace(broken.parity, passed=False, flips=3, max_abs_diff=0.25)
        tx.models.register(NewModelVersion(**{**kept, "experiment": "late", "parity": parity}))
    store.close()
    return tmp_path


@pytest.fixture
def run(project, capsys):
    """Carries out a command in the project: exit code, stdout, stderr."""

    def carry_out(*words: str) -> tuple[int, str, str]:
        code = main(["-C", str(project), *words])
        return code, *capsys.readouterr()

    return carry_out


def document(told: tuple[int, str, str]):
    assert told[0] == 0, told
    return json.loads(told[1])


def test_every_command_has_a_help_of_its_own(capsys):
    for name in [name for commands in COMMANDS.values() for name in commands]:
        assert main(["model", name, "--help"]) == 0
        assert f"workbench model {name}" in capsys.readouterr().out


def test_a_promotion_and_a_roll_back_need_no_more_than_a_name(run):
    assert run("model", "promote", "late@v1") == (0, "late@v1\n", "late@v1 is champion.\n")
    assert run("model", "promote", "late@v2")[2] == "late@v2 is champion; was v1.\n"
    assert run("model", "rollback", "late") == (0, "late@v1\n", "late@v1 is champion; was v2.\n")


def test_the_log_tells_versions_and_moves_with_who_and_why(run):
    run("model", "promote", "late@v1", "--why", "the first")
    run("model", "promote", "late@v2", "--alias", "challenger", "--why", "to try")
    code, out, _ = run("model", "log", "late")

    assert code == 0
    assert re.search(r"late@v2 +challenger +r2", out)
    assert re.search(r"champion +- +v1 +\S+ +the first", out)
    assert [one["number"] for one in document(run("model", "log", "late", "--json"))] == [4, 2, 1]
    moves = document(run("model", "log", "late", "--moves", "--json"))
    assert [one["alias"] for one in moves] == ["challenger", "champion"]
    only = document(run("model", "log", "late", "--alias", "champion", "--json"))
    assert [one["why"] for one in only] == ["the first"]


def test_a_failed_proof_is_overridden_with_a_reason_that_is_shown_for_ever(run):
    code, _, err = run("model", "promote", "late@v4")
    assert code == 1
    assert (
        "late@v4 failed parity (3 flips, largest difference 0.25), so it may not be served." in err
    )

    assert run("model", "promote", "late@v4", "--override", "seen by hand")[0] == 0
    assert run("model", "promote", "late@v1")[0] == 0
    assert "fail, overridden" in run("model", "log", "late")[1]
    assert "in spite of its failed proof: seen by hand" in run("model", "log", "late", "--moves")[1]
    assert re.search(r"Overridden +seen by hand", run("model", "show", "late@v4")[1])


def test_a_version_on_one_page_has_an_example_that_the_endpoint_takes(run):
    code, out, _ = run("model", "show", "late@v1")

    assert code == 0
    row = json.loads(next(line for line in out.splitlines() if line.startswith("{")))
    assert row == {"거리(km)": 0.5, "seats": 150, "night": True, "carrier": "UA"}
    assert "gives on time 0.378, late 0.622" in out
    assert "curl -s http://127.0.0.1:8080/predict/late -H 'content-type: application/json'" in out
    assert re.search(r"거리\(km\) +number", out)


def test_a_model_on_one_page_has_versions_and_moves(run):
    run("model", "promote", "late@v1", "--why", "the first")
    code, out, err = run("model", "show", "late")

    assert code == 0
    assert "Versions" in out
    assert "the first" in out
    assert "workbench.toml does not name late, so nothing is automatic for it." in err


def test_aliases_are_shown_and_taken_away(run):
    run("model", "promote", "late@v2", "--alias", "frozen")
    assert run("model", "alias", "late")[1].startswith("late@v2 is frozen\n")
    assert document(run("model", "alias", "late", "--json")) == {"frozen": 2}

    assert run("model", "alias", "late", "frozen", "--remove")[2] == (
        "late has no frozen any more; was v2.\n"
    )
    assert document(run("model", "alias", "late", "--json")) == {}
    assert run("model", "alias", "late", "frozen", "--remove")[0] == 4
    assert run("model", "alias", "late", "--remove")[0] == 2


def test_tags_and_notes_are_set_shown_and_taken_away(run):
    assert run("model", "tag", "late@v1", "owner=mina", "area=서울")[1] == "area=서울\nowner=mina\n"
    assert document(run("model", "tag", "late@v1", "--remove", "owner", "--json")) == {
        "area": "서울"
    }
    assert run("model", "tag", "late@v1", "owner")[0] == 2
    assert run("model", "note", "late@v1", "for the audit")[0] == 0

    out = run("model", "show", "late@v1")[1]
    assert re.search(r"Note +for the audit", out)
    assert re.search(r"Tags +area=서울", out)


def test_a_version_is_taken_away_when_no_alias_points_at_it(run):
    run("model", "promote", "late@v1")
    code, _, err = run("model", "rm", "late@champion")
    assert (code, "late@v1 is champion, so it is kept" in err) == (1, True)

    assert run("model", "rm", "late@v2")[1] == "late@v2\n"
    assert run("model", "show", "late@v2")[0] == 4


def test_a_registration_need_not_name_a_model_of_the_configuration(run):
    code, out, err = run("model", "register", "r1", "--as", "spring")

    assert (code, out) == (2, "")
    assert "r1 is running; only a finished run can be registered" in err
    assert run("model", "register", "r1", "--as", "a/b")[0] == 2


def test_a_verification_is_a_job(run):
    job = document(run("model", "verify", "late@v1", "--json"))

    assert (job["kind"], job["subject"]) == ("verify", "late@v1")


def test_two_versions_are_compared_by_their_labels_or_numbers(run):
    for after in ("late@v2", "v2", "2"):
        code, out, _ = run("model", "diff", "late@v1", after)
        assert code == 0
        assert "Both take and give the same." in out
    found = document(run("model", "diff", "late@v1", "v2", "--json"))
    assert (found["before"]["number"], found["after"]["number"]) == (1, 2)
    assert "No gain on the same rows can be told: r1 kept no scores." in out


def test_lineage_is_drawn_as_two_trees(run):
    run("model", "promote", "late@v1", "--why", "the first")
    code, out, _ = run("model", "lineage", "late@v1")

    assert code == 0
    assert "├─ r1  " in out
    assert "│  └─ environment" in out
    assert re.search(r"└─ alias champion  .* until now, by .*: the first", out)
    found = document(run("model", "lineage", "late@v1", "--json"))
    assert found["origins"]["children"][0]["label"] == "r1"


def test_a_tree_keeps_its_lines_together():
    from storage.records import LineageNode

    leaf = LineageNode(noun="file", label="a.csv")
    inner = LineageNode(noun="run", label="r1", children=(leaf, leaf))
    root = LineageNode(noun="model version", label="late@v1", children=(inner, leaf))

    assert list(lineage.lines(root)) == [
        "late@v1",
        "├─ r1",
        "│  ├─ file a.csv",
        "│  └─ file a.csv",
        "└─ file a.csv",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["log", "nothing"],
        ["alias", "nothing"],
        ["diff", "late@v1", "late@v9"],
        ["lineage", "late@v9"],
        ["rm", "late@v9"],
        ["verify", "late@v9"],
        ["tag", "late@v9", "a=b"],
        ["note", "late@v9", "x"],
        ["rollback", "nothing"],
    ],
    ids=lambda words: words[0],
)
def test_what_is_not_there_is_not_found(run, words):
    code, out, err = run("model", *words)

    assert (code, out) == (4, "")
    assert err.startswith("No model")


def test_a_roll_back_loads_no_database_of_rows_and_no_arrays(project):
    code = (
        "import sys; from workbench.cli import main; "
        "ended = [main(['-C', sys.argv[1], 'model', *words]) for words in "
        "(['promote', 'late@v1'], ['promote', 'late@v2'], ['rollback', 'late'])]; "
        "print(ended, sorted({'duckdb', 'numpy', 'rich', 'alembic'} & set(sys.modules)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(project)], capture_output=True, text=True, check=True
    )

    assert told.stdout.splitlines() == ["late@v1", "late@v2", "late@v1", "[0, 0, 0] []"]


@pytest.mark.slow
def test_of_two_commands_that_promote_at_once_one_wins_and_the_other_is_told(project):
    command = [sys.executable, "-m", "workbench", "-C", str(project), "model", "promote"]
    started = [
        subprocess.Popen(
            [*command, label, "--expected", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for label in ("late@v1", "late@v2")
    ]
    told = [one.communicate(timeout=60) for one in started]

    assert sorted(one.returncode for one in started) == [0, 1]
    winner = next(n for n, one in enumerate(started, 1) if one.returncode == 0)
    loser = told[2 - winner]
    assert f"late@champion was expected at nothing but is at v{winner}" in loser[1]
    store = Store.open(project, program="test")
    with store.read() as tx:
        assert len(tx.models.moves("late")) == 1
    store.close()


def test_of_many_inputs_those_that_weigh_most_are_shown(project, run):
    inputs = tuple(
        InputColumn(
            name=f"c{number}", graph_name=f"c{number}", type=InputType.NUMBER, nullable=True
        )
        for number in range(40)
    )
    store = Store.open(project, program="test")
    register(store, model="wide", signature=replace(SIGNATURE, inputs=inputs))
    store.close()

    code, out, err = run("model", "show", "wide@v1")
    assert (code, "c24 " in out, "c25 " in out) == (0, True, False)
    assert "15 inputs of less importance more with --all." in err
    assert "c39 " in run("model", "show", "wide@v1", "--all")[1]
