from __future__ import annotations

from pathlib import Path

import pytest

from workbench.tui.settings import (
    RunListing,
    read_runs,
    read_theme,
    settings_path,
    write_runs,
    write_theme,
)


def test_a_theme_is_read_back(tmp_path):
    path = tmp_path / "deep" / "tui.json"
    write_theme(path, "nord")

    assert read_theme(path) == "nord"


@pytest.mark.parametrize("text", [None, "{", "[]", '{"theme": 3}', "\xff"])
def test_settings_that_make_no_sense_are_no_settings(tmp_path, text):
    path = tmp_path / "tui.json"
    if text is not None:
        path.write_text(text, encoding="latin-1")

    assert read_theme(path) is None


def test_settings_lie_where_the_system_keeps_them(monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "/conf")

    assert settings_path() == Path("/conf/workbench/tui.json")


def test_how_runs_are_listed_is_read_back_for_each_project_beside_the_theme(tmp_path):
    path, flights = tmp_path / "tui.json", Path("/projects/flights")
    listing = RunListing(columns=("recipe", "metrics.roc_auc"), sort="-metrics.roc_auc")
    write_theme(path, "nord")
    write_runs(path, flights, listing)
    write_runs(path, Path("/projects/shop"), RunListing(columns=("name",)))

    assert read_runs(path, flights) == listing
    assert read_theme(path) == "nord"


@pytest.mark.parametrize(
    "runs", ["3", '{"/flights": 3}', '{"/flights": {"columns": 3, "sort": []}}', '{"/shop": {}}']
)
def test_listings_that_make_no_sense_are_none(tmp_path, runs):
    path = tmp_path / "tui.json"
    path.write_text(f'{{"runs": {runs}}}', encoding="utf-8")

    assert read_runs(path, Path("/flights")) == RunListing()
