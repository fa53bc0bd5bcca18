from __future__ import annotations

from pathlib import Path

import pytest

from storage.layout import Layout
from workbench.errors import ConfigInvalid
from workbench.services.settings import Settings, last_valid

VALID = '[project]\nname = "test"\n'
OTHER = f"{VALID}[serve]\nport = 1\n"
INVALID = f"{VALID}[serve]\nport = -1\n"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    made.create()
    made.config.write_text(VALID, encoding="utf-8")
    return made


def looks(settings: Settings, times: int = 2) -> list[bool]:
    return [settings.refresh() for _ in range(times)]


def test_an_unchanged_file_is_nothing_new(layout: Layout):
    assert looks(Settings.open(layout)) == [False, False]


def test_a_changed_file_is_read_once_two_looks_find_it_the_same(layout: Layout):
    settings = Settings.open(layout)
    layout.config.write_text(OTHER, encoding="utf-8")

    assert looks(settings, 3) == [False, True, False]
    assert (settings.current.serve.port, settings.problem) == (1, None)


@pytest.mark.parametrize("text", [INVALID, None], ids=["a mistake", "no file"])
def test_the_last_valid_text_stays_in_force_while_the_file_has(layout: Layout, text: str | None):
    settings = Settings.open(layout)
    before = settings.current
    layout.config.unlink()
    if text is not None:
        layout.config.write_text(text, encoding="utf-8")

    assert looks(settings, 3) == [False, True, False]
    assert settings.current == before
    assert isinstance(settings.problem, ConfigInvalid)


def test_a_mended_file_is_in_force_again(layout: Layout):
    settings = Settings.open(layout)
    layout.config.write_text(INVALID, encoding="utf-8")
    looks(settings)
    layout.config.write_text(OTHER, encoding="utf-8")
    looks(settings)

    assert (settings.current.serve.port, settings.problem) == (1, None)


def test_the_last_valid_text_survives_a_restart(layout: Layout):
    settings = Settings.open(layout)
    layout.config.write_text(OTHER, encoding="utf-8")
    looks(settings)
    layout.config.write_text(INVALID, encoding="utf-8")
    again = Settings.open(layout)

    assert again.current.serve.port == 1
    assert isinstance(again.problem, ConfigInvalid)
    assert last_valid(layout).read_text(encoding="utf-8") == OTHER


def test_a_file_that_was_never_valid_is_refused(layout: Layout):
    layout.config.write_text(INVALID, encoding="utf-8")
    with pytest.raises(ConfigInvalid, match="port"):
        Settings.open(layout)
