from __future__ import annotations

import re

import pytest

from storage.layout import Layout
from workbench import config
from workbench.cli import main
from workbench.cli.starter import STARTER


def test_the_starter_is_valid_as_it_is():
    parsed = config.parse(STARTER.replace("{name}", '"p"'), file="workbench.toml")

    assert parsed == config.Config(project="p")


def test_everything_the_starter_suggests_is_valid_too():
    # A suggestion is a commented line that would be TOML; the others explain.
    suggested = re.sub(r"(?m)^# (?=\[|\w+ *= )", "", STARTER.replace("{name}", '"p"'))

    parsed = config.parse(suggested, file="workbench.toml")
    assert (list(parsed.datasets), list(parsed.experiments), list(parsed.models)) == (
        ["sales"],
        ["returned"],
        ["returned"],
    )


@pytest.mark.parametrize("name", ["flights", "my project", "항공", 'say "hi"'])
def test_init_makes_a_project_named_after_its_folder(tmp_path, capsys, name):
    folder = tmp_path / "new" / name

    assert main(["init", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder}\n"
    assert config.read(folder / "workbench.toml").project == name
    assert Layout(folder).catalog.is_file()


def test_init_refuses_a_folder_that_is_a_project(tmp_path, capsys):
    main(["init", str(tmp_path)])
    before = (tmp_path / "workbench.toml").read_bytes()

    assert main(["init", str(tmp_path)]) == 1
    assert "is a project already" in capsys.readouterr().err
    assert (tmp_path / "workbench.toml").read_bytes() == before


def test_init_keeps_the_workbench_toml_of_a_clone(tmp_path):
    (tmp_path / "workbench.toml").write_text('[project]\nname = "cloned"\n')

    assert main(["init", str(tmp_path)]) == 0
    assert config.read(tmp_path / "workbench.toml").project == "cloned"
    assert Layout(tmp_path).catalog.is_file()


def test_init_makes_no_store_for_a_workbench_toml_with_mistakes(tmp_path, capsys):
    (tmp_path / "workbench.toml").write_text("[project]\nnam = 1\n")

    assert main(["init", str(tmp_path)]) == 2
    assert (
        '[project] nam = 1: unknown key; known are name; did you mean "name"?'
        in capsys.readouterr().err
    )
    assert not Layout(tmp_path).root.exists()


def test_init_names_a_folder_that_cannot_be_made(tmp_path, capsys):
    (tmp_path / "file").write_text("")

    assert main(["init", str(tmp_path / "file" / "below")]) == 1
    assert "cannot hold a project: Not a directory." in capsys.readouterr().err
