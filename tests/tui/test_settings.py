from __future__ import annotations

from pathlib import Path

import pytest

from workbench.tui.settings import read_theme, settings_path, write_theme


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
