"""The card and the export of a version, from the command line."""

from __future__ import annotations

import json

import pytest

from tests.services.project import month, opened
from workbench.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a project with a champion lies; not to be changed."""
    place = tmp_path_factory.mktemp("shop")
    with opened(place) as project:
        project.accept(month(1, rows=400), month(2, rows=400))
        project.champion("linear")
    return place


@pytest.fixture
def workbench(folder, capsys):
    """Carries out a command in the project: exit code, stdout, stderr."""

    def carry_out(*words):
        code = main(["-C", str(folder), *map(str, words)])
        return code, *capsys.readouterr()

    return carry_out


def test_the_card_is_markdown_where_a_program_reads_it(workbench):
    code, out, _ = workbench("model", "card", "returns@champion")

    assert code == 0
    assert out.startswith("# returns@v1: ROC AUC ")
    assert "## Known limits" in out


def test_the_card_is_written_as_a_page_and_as_markdown(workbench, tmp_path):
    page, text = tmp_path / "card.html", tmp_path / "card.md"
    code, out, told = workbench("model", "card", "returns", "--html", page, "--md", text)

    assert (code, out) == (0, "")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert text.read_text(encoding="utf-8").startswith("# returns@v1")
    assert str(page) in told


def test_the_card_is_a_record_for_programs(workbench):
    code, out, _ = workbench("model", "card", "returns@v1", "--json")
    card = json.loads(out)

    assert code == 0
    assert card["version"]["number"] == 1
    assert {one["column"]["name"] for one in card["inputs"]} == {"가격", "수량", "지역"}


def test_a_version_that_is_not_there_is_not_found(workbench):
    code, _, told = workbench("model", "card", "returns@v9")

    assert code == 4
    assert "v9" in told


def test_an_export_prints_the_folder_that_was_written(workbench, tmp_path):
    code, out, _ = workbench("model", "export", "returns@v1", tmp_path / "out")

    assert (code, out.strip()) == (0, str(tmp_path / "out"))
    assert (tmp_path / "out" / "predict.py").is_file()


def test_a_repository_is_written_into_the_folder_of_the_model(workbench, tmp_path):
    code, out, _ = workbench("model", "export", "returns", tmp_path, "--layout", "triton")

    assert (code, out.strip()) == (0, str(tmp_path / "returns"))
    assert (tmp_path / "returns" / "1" / "model.onnx").is_file()


def test_a_folder_that_is_there_is_kept(workbench, tmp_path):
    (tmp_path / "thesis.txt").write_text("years")
    code, out, told = workbench("model", "export", "returns", tmp_path)

    assert (code, out) == (2, "")
    assert "--force" in told
