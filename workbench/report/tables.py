"""Plain tables of a page, and facts: names over what there is to say of them."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.report.markup import Markup, join, prose, tag


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table; a heading that begins with > stands over numbers. Empty without rows."""
    if not rows:
        return Markup()
    classes = ["number" if head.startswith(">") else None for head in heads]
    head = join(
        tag("th", text.removeprefix(">"), scope="col", class_=class_)
        for text, class_ in zip(heads, classes, strict=True)
    )
    body = join(tag("tr", _cells(row, classes)) for row in rows)
    return tag(
        "div", tag("table", tag("thead", tag("tr", head)), tag("tbody", body)), class_="wide"
    )


def facts(pairs: Sequence[tuple[str, str]]) -> Markup:
    """Names over what there is to say of them; empty without any."""
    if not pairs:
        return Markup()
    rows = [tag("div", tag("dt", name), tag("dd", prose(text))) for name, text in pairs]
    return tag("dl", *rows, class_="facts")


def _cells(row: Sequence[str], classes: Sequence[str | None]) -> Markup:
    first, *others = row
    return join(
        [
            tag("th", first, scope="row", class_=classes[0]),
            *(tag("td", text, class_=c) for text, c in zip(others, classes[1:], strict=True)),
        ]
    )
