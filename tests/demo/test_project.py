"""The folder of the demo."""

from __future__ import annotations

import pytest

from workbench import config
from workbench.demo import project
from workbench.errors import ProjectExists


def test_a_missing_folder_becomes_a_project_with_a_valid_configuration(tmp_path):
    home = project.make(tmp_path / "demo", fresh=False)

    assert config.read(home / "workbench.toml").models["late"].experiment == "late"
    assert (home / project.INBOX).is_dir()


def test_a_folder_that_no_demo_made_is_refused_even_when_starting_over(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")

    with pytest.raises(ProjectExists, match="no demo made it"):
        project.make(tmp_path, fresh=True)

    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_an_earlier_demo_is_only_removed_when_that_is_asked_for(tmp_path):
    home = project.make(tmp_path / "demo", fresh=False)
    (home / "report.html").write_text("old")

    with pytest.raises(ProjectExists, match="--fresh"):
        project.make(home, fresh=False)
    project.make(home, fresh=True)

    assert not (home / "report.html").exists()


def test_a_file_is_refused_as_a_folder(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ProjectExists, match="is a file"):
        project.make(tmp_path / "file", fresh=False)


def test_a_month_appears_in_the_inbox_whole_and_with_its_own_time(tmp_path):
    home = project.make(tmp_path / "demo", fresh=False)
    month, file = project.months()[4]

    project.drop(home, file)

    dropped = home / project.INBOX / file.name
    assert month == "2013-05"
    assert dropped.read_bytes() == file.read_bytes()
    assert dropped.stat().st_mtime_ns == file.stat().st_mtime_ns
    assert [path.name for path in dropped.parent.iterdir()] == [file.name]
