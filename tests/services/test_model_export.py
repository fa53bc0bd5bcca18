"""A version outside of its project: a folder that answers the same, and a repository for model servers."""

from __future__ import annotations

import csv
import importlib.util
import json
import subprocess
import sys
import venv
from dataclasses import replace

import numpy as np
import pytest

from storage.errors import NotFound
from storage.records import JobState
from tests.services import pbtxt
from tests.services.project import month
from workbench.api import Workbench
from workbench.core.checking import arrays
from workbench.engines.elsewhere import triton
from workbench.engines.onnx_session import Session
from workbench.errors import ExportRefused, UsageError
from workbench.services import model_export

FILES = {
    "README.md",
    "card.html",
    "example.json",
    "model.onnx",
    "predict.py",
    "requirements.txt",
    "signature.json",
}
CARRIED = {
    "1/model.onnx",
    "card.html",
    "config.pbtxt",
    "example.json",
    "mlserver_model.py",
    "model-settings.json",
    "requirements.txt",
    "signature.json",
}


def exported(project, name="out", label="returns@v1", **options):
    return model_export.write(project.context, label, project.folder / name, **options)


def names_in(folder):
    return {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}


def version_of(project, number=1):
    with project.store.read() as tx:
        return tx.models.version("returns", number)


def session_of(project, number=1):
    version = version_of(project, number)
    return Session(project.store.blobs.read(version.onnx_blob), version.signature)


def answers(folder, rows, capsys, monkeypatch):
    """What the program in the folder prints for a file of rows, run in this process."""
    spec = importlib.util.spec_from_file_location("predict", folder / "predict.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "argv", ["predict.py", str(rows)])
    capsys.readouterr()
    module.main()
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def write_csv(path, columns):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def expected(session, columns):
    found = session.predict(arrays(session.signature, columns))
    if not session.signature.classes:
        return [{"value": value} for value in found.scores.tolist()]
    return [
        {"label": label, "probabilities": dict(zip(session.signature.classes, row, strict=True))}
        for label, row in zip(found.labels, found.scores.tolist(), strict=True)
    ]


ROWS = {
    "가격": [100.0, 87.25, 1e300, -3.5],
    "수량": [1, 8, 3, 10**12],
    "지역": ["서울", 'an "unknown", one', "부산", "제주"],
}


def test_the_folder_has_all_that_it_takes_to_run_elsewhere(trained):
    folder = exported(trained)

    assert names_in(folder) == FILES
    assert len((folder / "README.md").read_text().split("\n\n")) == 3
    packages = version_of(trained).parity.packages
    assert (folder / "requirements.txt").read_text() == (
        f"numpy=={packages['numpy']}\nonnxruntime=={packages['onnxruntime']}\n"
    )


def test_the_program_answers_the_example_as_the_folder_says(trained, capsys, monkeypatch):
    folder = exported(trained)
    example = json.loads((folder / "example.json").read_text())

    assert answers(folder, folder / "example.json", capsys, monkeypatch) == example["predictions"]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_the_program_answers_bit_for_bit_as_the_endpoint(trained, capsys, monkeypatch, kind):
    folder = exported(trained)
    path = trained.folder / f"rows.{kind}"
    if kind == "csv":
        write_csv(path, ROWS)
    else:
        lines = [dict(zip(ROWS, row, strict=True)) for row in zip(*ROWS.values(), strict=True)]
        path.write_text("\n".join(json.dumps(line) for line in lines))

    assert answers(folder, path, capsys, monkeypatch) == expected(session_of(trained), ROWS)


@pytest.mark.parametrize(
    ("target", "task", "model"),
    [
        ("가격", "regression", "lightgbm.LGBMRegressor"),
        ("지역", "multiclass", "lightgbm.LGBMClassifier"),
    ],
    ids=["regression", "multiclass"],
)
def test_the_program_answers_for_every_task(project, capsys, monkeypatch, target, task, model):
    project.configure('target = "returned"', f'target = "{target}"')
    project.configure('task = "binary"', f'task = "{task}"')
    project.configure('metric = "roc_auc"\n', "")
    project.configure("lightgbm.LGBMClassifier", model)
    project.accept(month(1, rows=400), month(2, rows=400))
    project.register(project.train())
    folder = exported(project)
    rows = {name: values for name, values in ROWS.items() if name != target} | {"returned": [0] * 4}
    path = write_csv(project.folder / "rows.csv", rows)

    assert answers(folder, path, capsys, monkeypatch) == expected(session_of(project), rows)


def test_missing_values_are_taken_where_training_had_some(project, capsys, monkeypatch):
    holes = month(1, rows=400)
    holes["가격"] = np.where(np.arange(400) % 9 == 0, None, holes["가격"])
    holes["지역"] = np.where(np.arange(400) % 7 == 0, None, holes["지역"])
    project.accept(holes, month(2, rows=400))
    project.register(project.train())
    folder = exported(project)
    rows = {"가격": [None, 99.5], "수량": [2, 3], "지역": ["서울", None]}
    path = write_csv(project.folder / "rows.csv", rows)

    assert answers(folder, path, capsys, monkeypatch) == expected(session_of(project), rows)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"가격": None}, "Row 1: '' in column '가격'; it takes number, and never nothing."),
        ({"가격": "much"}, "Row 1: 'much' in column '가격'; it takes number"),
        ({"가격": "inf"}, "Row 1: 'inf' in column '가격'; it takes number"),
        ({"수량": 1.5}, "Row 1: '1.5' in column '수량'; it takes integer"),
    ],
    ids=["missing", "text", "infinite", "no whole number"],
)
def test_a_value_that_the_model_does_not_take_is_refused(
    trained, capsys, monkeypatch, changed, words
):
    folder = exported(trained)
    row = {name: [values[0]] for name, values in ROWS.items()}
    path = write_csv(trained.folder / "rows.csv", row | {k: [v] for k, v in changed.items()})
    with pytest.raises(SystemExit) as refused:
        answers(folder, path, capsys, monkeypatch)

    assert str(refused.value.code).startswith(words)


def test_a_column_that_is_missing_is_refused(trained, capsys, monkeypatch):
    folder = exported(trained)
    path = write_csv(trained.folder / "rows.csv", {"가격": [1.0], "지역": ["서울"]})
    with pytest.raises(SystemExit) as refused:
        answers(folder, path, capsys, monkeypatch)

    assert refused.value.code == "Row 1 has no column '수량'."


def test_a_folder_that_is_there_is_replaced_only_by_force(trained):
    folder = exported(trained)
    (folder / "signature.json").write_text("another version")
    with pytest.raises(UsageError, match="is there already"):
        exported(trained)

    exported(trained, force=True)
    assert json.loads((folder / "signature.json").read_text())["model"] == "returns@v1"


def test_the_same_export_may_be_done_again(trained):
    folder = exported(trained)
    (folder / "README.md").unlink()
    exported(trained)

    assert names_in(folder) == FILES


def test_force_replaces_nothing_but_an_exported_model(trained):
    precious = trained.folder / "out"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years")
    with pytest.raises(UsageError, match="something else than an exported model"):
        exported(trained, force=True)

    assert (precious / "thesis.txt").read_text() == "years"


def test_a_version_that_failed_its_proof_stays(trained):
    version = version_of(trained)
    failed = replace(version, parity=replace(version.parity, passed=False, flips=4))
    with pytest.raises(ExportRefused, match="may not leave the project: parity failed"):
        model_export.refuse_unproved(failed)

    model_export.refuse_unproved(replace(failed, override="no other way"))


def test_only_known_versions_are_exported(trained):
    with pytest.raises(NotFound):
        exported(trained, label="returns@v7")


def test_an_export_as_a_job_is_told_of(trained):
    folder = trained.folder / "out"
    job = trained.do("export", model="returns", number=1, folder=str(folder), who="kim")

    assert job.state is JobState.FINISHED, job.error
    assert job.result == {"model": "returns@v1", "folder": str(folder)}
    assert names_in(folder) == FILES
    assert trained.events()[-1].message == f"returns@v1 exported to {folder} by kim"


def test_asked_for_as_a_job_it_is_the_version_of_that_moment(trained):
    folder = trained.folder / "out"
    asked = Workbench(trained.context).export_model("returns@champion", folder, layout="triton")
    (job,) = trained.work()

    assert (asked.kind, asked.subject) == ("export", f"returns@v1 to {folder}")
    assert job.result == {"model": "returns@v1", "folder": str(folder / "returns")}


def test_a_repository_describes_the_graph_as_it_is(trained):
    folder = exported(trained, layout="triton")
    config = pbtxt.read((folder / "config.pbtxt").read_text(encoding="utf-8"))
    takes = version_of(trained).signature
    names = {one.graph_name: one.name for one in takes.inputs}
    kinds = {
        "가격": "TYPE_FP64",
        "수량": "TYPE_FP64",
        "지역": "TYPE_STRING",
    }

    assert names_in(folder) == CARRIED
    assert (folder.name, config["name"]) == ("returns", ["returns"])
    assert config["platform"] == ["onnxruntime_onnx"]
    assert {names[one["name"][0]]: one["data_type"][0] for one in config["input"]} == kinds
    assert all(one["dims"] == [1] for one in config["input"])
    assert [(one["name"], one["data_type"], one["dims"]) for one in config["output"]] == [
        (["label"], ["TYPE_STRING"], [1]),
        (["probabilities"], ["TYPE_FP64"], [2]),
    ]
    assert config["output"][0]["reshape"] == [{"shape": []}]


def test_a_repository_keeps_the_names_that_its_users_know(trained):
    folder = exported(trained, layout="triton")
    config = pbtxt.read((folder / "config.pbtxt").read_text(encoding="utf-8"))
    told = {one["key"][0]: one["value"][0]["string_value"][0] for one in config["parameters"]}
    takes = version_of(trained).signature

    assert told["version"] == "returns@v1"
    assert {f"column:{one.graph_name}": one.name for one in takes.inputs}.items() <= told.items()


def test_two_models_share_a_repository(trained):
    exported(trained, layout="triton")
    (trained.folder / "out" / "another").mkdir()

    assert exported(trained, layout="triton").parent == trained.folder / "out"


@pytest.mark.parametrize("name", ['a"b\\c', "출발\n지연", "tab\t\x01"])
def test_any_name_survives_the_text_format(trained, name):
    graph = trained.store.blobs.read(version_of(trained).onnx_blob)
    config = pbtxt.read(triton.config(name, graph, {"column:x": name}))

    assert config["name"] == [name]
    assert config["parameters"][-1]["value"][0]["string_value"] == [name]


def test_mlserver_is_told_where_the_graph_lies(trained):
    folder = exported(trained, layout="triton")
    settings = json.loads((folder / "model-settings.json").read_text(encoding="utf-8"))

    assert (folder / settings["parameters"]["uri"]).is_file()
    assert (folder / f"{settings['implementation'].partition('.')[0]}.py").is_file()


@pytest.mark.slow
def test_a_fresh_environment_from_the_requirements_answers_bit_for_bit_the_same(trained, tmp_path):
    folder = exported(trained)
    environment = tmp_path / "fresh"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "-q", "-r", folder / "requirements.txt"],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        pytest.skip(f"pip cannot install here: {installed.stderr[-300:]}")
    asked = subprocess.run(
        [python, "-I", folder / "predict.py", folder / "example.json"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    rows = json.loads((folder / "example.json").read_text(encoding="utf-8"))["rows"]
    session = session_of(trained)
    columns = {name: [row[name] for row in rows] for name in rows[0]}

    assert [json.loads(line) for line in asked.stdout.splitlines()] == expected(session, columns)
