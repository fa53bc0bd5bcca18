"""The page at /: a shell for people that shows no model by itself; what it shows it asks for, with their key."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

import workbench
from workbench.report.markup import Markup, tag
from workbench.report.page import style

SCRIPTS = ("parts.js", "asking.js", "figures.js", "page.js")


@cache
def shell() -> bytes:
    """The whole file: its style and its scripts inside, and nothing that needs a network."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", "Workbench endpoint"),
        Markup('<link rel="icon" href="data:,">'),
        tag("style", _style()),
    )
    body = tag(
        "body",
        tag(
            "main",
            tag("p", f"Workbench {workbench.__version__}", id="byline", class_="byline"),
            tag("h1", "The models of this endpoint", id="headline"),
            tag("p", "", id="standfirst", class_="standfirst"),
            tag("div", "", id="door"),
            tag("div", "", id="notices"),
            tag("nav", "", id="places"),
            tag("div", "", id="models"),
            tag(
                "noscript",
                tag(
                    "p",
                    "This page needs its script. For programs, the same stands at /schema and /models.",
                ),
            ),
            _elsewhere(),
        ),
        tag("script", _script()),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n".encode()


@cache
def policy() -> str:
    """The content security policy of the page: its own style and scripts, and requests to where it came from."""
    return (
        f"default-src 'none'; style-src {_mark(_style())}; script-src {_mark(_script())}; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _elsewhere() -> Markup:
    places = (
        ("/schema", "every path, what it takes and gives (OpenAPI 3.1)"),
        ("/models", "what stands on this page, for programs"),
        ("/figures", "the figures of each version, for programs"),
        ("/metrics", "counters for Prometheus"),
        ("/health", "what is not as it should be"),
    )
    rows = [
        tag("div", tag("dt", tag("a", tag("code", path), href=path)), tag("dd", words))
        for path, words in places
    ]
    return tag(
        "section", tag("h2", "Elsewhere"), tag("dl", *rows, class_="commands"), class_="elsewhere"
    )


@cache
def _style() -> Markup:
    return Markup(style() + _file("page.css"))


@cache
def _script() -> Markup:
    return Markup('"use strict";\n' + "".join(_file(name) for name in SCRIPTS))


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _mark(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
