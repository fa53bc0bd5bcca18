"""The page at /: whole by itself, closed to what it shows, and open to everybody without telling anything."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from storage.records import InputColumn, InputType, Signature
from storage.store import Store
from tests.http.looked_up import looking_up
from tests.http.project import CONFIG, make_project, promote, register, serving
from workbench.http.pages import page

needs_chromium = pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")


class _Read(HTMLParser):
    """Elements with their attributes, and what stands in styles and scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.inside: dict[str, str] = {}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in {"style", "script"}:
            self.inside[self._open] = self.inside.get(self._open, "") + data


@pytest.fixture(scope="module")
def read() -> _Read:
    return _Read(page.shell().decode())


@pytest.mark.parametrize("element", ["style", "script"])
def test_the_policy_allows_the_style_and_the_script_of_the_page_and_no_other(read, element):
    digest = hashlib.sha256(read.inside[element].encode()).digest()

    assert f"{element}-src 'sha256-{base64.b64encode(digest).decode()}';" in page.policy()
    assert page.policy().startswith("default-src 'none';")
    assert "unsafe" not in page.policy()


def test_the_page_needs_nothing_from_elsewhere(read):
    fetched = [value for _, name, value in read.attributes if name in {"src", "href"}]
    text = page.shell().decode().replace("http://www.w3.org/2000/svg", "")

    assert all(value.startswith(("/", "data:")) for value in fetched)
    assert not re.search(r"https?://|@import|url\(", text)


def test_no_element_has_a_handler_or_a_style_of_its_own(read):
    names = {name for _, name, _ in read.attributes}

    assert not [name for name in names if name.startswith("on") or name == "style"]


@pytest.mark.parametrize(
    "way", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("]
)
def test_the_script_never_makes_markup_of_text(read, way):
    assert way not in read.inside["script"]


def test_the_page_is_shown_without_a_key_and_tells_nothing(tmp_path):
    with looking_up(tmp_path, models={"secret model": None}) as asked:
        asked.lock()
        status, body, headers = asked.get("/", x_api_key="")
        refused, _, challenge = asked.get("/models", x_api_key="")

    assert (status, b"secret model" in body) == (200, False)
    assert headers["content-security-policy"] == page.policy()
    # A browser that is asked for a password would cover the page's own field.
    assert (refused, challenge["www-authenticate"]) == (401, "Bearer")


def test_what_the_page_shows_is_told_to_programs_too(tmp_path):
    with looking_up(tmp_path, models={"late": None}) as asked:
        _, found, _ = asked.get("/models")
    (model,) = found["models"]
    distance, *_, carrier = model["versions"][0]["inputs"]

    assert model["answers"] == [{"alias": "champion", "version": 1, "weight": 100, "share": 1.0}]
    assert (distance["minimum"], distance["maximum"], distance["example"]) == (0.0, 10.0, 5.0)
    assert (carrier["categories"], carrier["nullable"]) == (["AA", "UA"], True)
    assert found["rules"]["extra_column"] == "reject"


EVIL = "<img src=x onerror=document.title='broken'>"


@needs_chromium
@pytest.mark.slow
def test_a_browser_shows_hostile_names_as_text_and_a_form_for_every_kind_of_column(tmp_path):
    signature = Signature(
        task="regression",
        inputs=tuple(
            InputColumn(name=f"{EVIL}{kind}", graph_name=f"x{at}", type=kind, nullable=True, **more)
            for at, (kind, more) in enumerate(
                [
                    (InputType.NUMBER, {"minimum": 0.0, "maximum": 2.0}),
                    (InputType.NUMBER, {"minimum": 0.0, "maximum": 1e9, "is_moment": True}),
                ]
            )
        ),
    )
    project = make_project(tmp_path, CONFIG)
    store = Store.open(project, program="test")
    promote(store, register(store, model=f"{EVIL}model", signature=signature))
    store.close()
    with serving(project) as address:
        shown = subprocess.run(
            [
                "chromium", "--headless", "--no-sandbox", "--disable-gpu",
                f"--user-data-dir={tmp_path / 'browser'}", "--virtual-time-budget=3000",
                "--dump-dom", address,
            ],
            capture_output=True, text=True, timeout=60, check=True,
        ).stdout  # fmt: skip

    assert "<title>Workbench endpoint</title>" in shown
    assert "<img" not in shown
    assert "&lt;img src=x onerror=document.title='broken'&gt;model" in shown
    assert 'type="number"' in shown
    assert 'type="datetime-local"' in shown
    assert "v1" in shown
