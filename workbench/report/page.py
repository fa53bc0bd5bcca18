"""A page that needs nothing else: one file, its style and its script inside, readable anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from workbench.report.markup import Markup, join, prose, tag


def page(title: str, *parts: str) -> str:
    """The whole file.

    Args:
        title: What the window of a browser is called.
        parts: What stands on the page, in its order.
    """
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", style()),
    )
    body = tag("body", tag("main", *parts), tag("script", _resource("page.js")))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def section(title: str, *parts: str, intro: str = "", empty: str = "") -> Markup:
    """A section under its title.

    Args:
        title: What it is about.
        parts: Markup; empty parts are passed over.
        intro: A paragraph before them.
        empty: Said instead when every part is empty.
    """
    shown = [part for part in parts if part]
    words = [tag("p", prose(intro), class_="intro")] if intro else []
    if not shown and empty:
        words.append(tag("p", prose(empty), class_="intro"))
    return tag("section", tag("h2", title), *words, *shown)


def figure(drawing: Markup, caption: str) -> Markup:
    """A drawing over its caption; empty when there is no drawing."""
    if not drawing:
        return Markup()
    return tag("figure", tag("div", drawing, class_="wide"), tag("figcaption", caption))


def commands(lines: Iterable[tuple[str, str]]) -> Markup:
    """Commands, each with what it shows."""
    rows = [tag("div", tag("dt", tag("code", line)), tag("dd", words)) for line, words in lines]
    return tag("dl", *rows, class_="commands")


def paragraphs(*texts: str) -> Markup:
    """Plain paragraphs."""
    return join(tag("p", prose(text)) for text in texts if text)


def style() -> Markup:
    """The style of the house, for pages that other doors show."""
    return _resource("page.css")


@cache
def _resource(name: str) -> Markup:
    """A file of this package as markup: no browser unescapes what stands in a style or a script."""
    return Markup(files(__package__).joinpath(name).read_text(encoding="utf-8"))
