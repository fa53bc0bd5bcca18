"""Dataset references in SQL, such as `flights@v3`: found, understood, and replaced by names of views."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from storage.errors import NotFound, Problem
from workbench.core.labels import PERIOD, number_in
from workbench.core.sql_tokens import Token, TokenKind, place, pointing, tokens, unquoted
from workbench.errors import UsageError

LOGGED = frozenset({"predictions", "labels"})
"""What is called with the name of a model, to read what the endpoint kept of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Rows of a dataset that a name means."""

    dataset: str
    view: str
    """The name they have in the SQL that is run."""
    version: int | None = None
    """Number of the version; None: the latest."""
    start: datetime | None = None
    """Earliest event time, inclusive; None: from the beginning."""
    end: datetime | None = None
    """Event time before which rows lie, exclusive; None: to the end."""
    is_bare: bool = False
    """Whether it is a plain word, which may as well name a column."""
    position: int = 0
    """The character at which it stands first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What the endpoint kept of a model: `predictions('late')`."""

    noun: str
    """predictions or labels."""
    model: str
    view: str
    """The name the rows have in the SQL that is run."""
    position: int
    """The character at which it stands first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """SQL whose references are names of views."""

    sql: str
    references: tuple[Reference, ...]
    """One for each view of a dataset's rows."""
    logged: tuple[Logged, ...]
    """One for each view of predictions or labels."""
    anchors: tuple[tuple[int, int, int], ...]
    """Per piece: where it begins in `sql` and in the original, and how many characters were kept."""

    def original(self, position: int) -> int:
        """Where the character at `position` of `sql` comes from."""
        piece = bisect_right(self.anchors, position, key=lambda anchor: anchor[0]) - 1
        here, there, kept = self.anchors[max(piece, 0)]
        return there + max(0, min(position - here, kept))


def rewrite(sql: str, known: Collection[str]) -> Rewritten:
    """Replaces dataset references by names of views.

    `flights@v3`, `flights@latest` and `flights@2013-04`, a year, month or day of event time, become
    quoted names. A dataset's plain name stays as it is and only adds a view of that name: DuckDB
    decides whether a CTE or a column is meant. `predictions('late')` and `labels('late')` become views of
    what the endpoint kept of a model. A final semicolon is blanked.

    Args:
        sql: What somebody typed.
        known: The names of the datasets.

    Raises:
        NotFound: A reference names no known dataset.
        UsageError: What follows an @ is neither a version nor a period.
    """
    found = list(tokens(sql))
    views = _Views(sql, known)
    pieces: list[tuple[Token, str]] = []
    for number, (token, before, after) in enumerate(_with_neighbours(found)):
        if token.kind is TokenKind.REFERENCE:
            pieces += views.refer(token)
        elif before != "." and after == "(" and token.text.lower() in LOGGED:
            pieces += views.call(found[number : number + 4])
        elif before != "." and (after != "(" or token.kind is TokenKind.QUOTED):
            views.mention(token)
    pieces += [(token, " ") for token in _final_semicolons(found)]
    return _replaced(sql, pieces, views)


def reference(label: str, known: Collection[str]) -> Reference:
    """What `flights@v3`, `flights@latest`, `flights@2013-04` or `flights` means outside of SQL.

    Raises:
        NotFound: It names no known dataset.
        UsageError: What follows the @ is neither a version nor a period.
    """
    name, _, which = label.partition("@")
    if name not in known:
        raise NotFound.named("dataset", name, known=sorted(known))
    return _reference(name, which or "latest", view=label)


def condition(text: str) -> str:
    """`text` if it can only be one condition: it closes no bracket that it has not opened.

    Raises:
        UsageError: It is empty, or would end what it is put into.
    """
    depth, last = 0, None
    for last in tokens(text):
        depth += {"(": 1, ")": -1}.get(last.text, 0)
        if depth < 0 or last.text == ";":
            raise pointed(UsageError(f"'{last.text}' ends the condition."), text, last.start)
    if last is None:
        raise UsageError("The condition is empty.", "Write one such as: distance > 500")
    if depth:
        raise pointed(UsageError("A bracket is not closed."), text, last.start)
    return text


def pointed(problem: Problem, sql: str, position: int) -> Problem:
    """`problem` with the place it is about, and the line with a caret below."""
    sentence = f"{problem.problem.removesuffix('.')} ({place(sql, position)})."
    return type(problem)(sentence, f"{pointing(sql, position)}\n{problem.remedy}".rstrip())


class _Views:
    """The views that some SQL needs, each under a name of its own."""

    def __init__(self, sql: str, known: Collection[str]) -> None:
        self.references: dict[str, Reference] = {}
        """By the view's name with its case folded: to DuckDB, names that differ in case are equal."""
        self.logged: dict[str, Logged] = {}
        """Likewise."""
        self._sql = sql
        self._known = known

    def refer(self, token: Token) -> list[tuple[Token, str]]:
        """Adds the view of a reference; gives the token with what replaces it."""
        text, _, which = token.text.rpartition("@")
        try:
            kept, name = self._dataset(text)
            view = self._add(_reference(name, which, view=f"{name}@{which}"), token.start)
        except Problem as problem:
            raise pointed(problem, self._sql, token.start) from None
        return [(token, f"{kept}{_quoted(view)}")]

    def mention(self, token: Token) -> None:
        """Adds the view of a dataset's plain name, if the token is one."""
        if token.kind not in {TokenKind.WORD, TokenKind.QUOTED}:
            return
        name = self._called(unquoted(token.text))
        if name is None:
            return
        if self._add(Reference(dataset=name, view=name, is_bare=True), token.start) != name:
            ambiguous = UsageError(
                f"{name} is not the only dataset of that name.",
                f"They differ in case alone, which SQL does not see: write {name}@latest.",
            )
            raise pointed(ambiguous, self._sql, token.start)

    def call(self, called: Sequence[Token]) -> list[tuple[Token, str]]:
        """Adds the view of a call such as `predictions('late')`; gives its tokens with what replaces them."""
        noun = called[0].text.lower()
        texts = [token.text for token in called[1:]]
        if len(texts) < 3 or not texts[1].startswith("'") or texts[2] != ")":
            if noun in self._known:
                return []  # somebody's own function may be meant
            wrong = UsageError(
                f"{noun} is called with the name of a model.", f"Write: from {noun}('NAME')."
            )
            raise pointed(wrong, self._sql, called[0].start)
        model = texts[1][1:-1].replace("''", "'")
        view = self._logged(noun, model, called[0].start)
        return [(called[0], _quoted(view)), *((token, "") for token in called[1:])]

    def _logged(self, noun: str, model: str, position: int) -> str:
        """The name of the view for what was kept of a model."""
        view = f"{noun} of {model}"
        while view.casefold() in self.references or view.casefold() in self.logged:
            other = self.logged.get(view.casefold())
            if other is not None and (other.noun, other.model) == (noun, model):
                return view
            view += "'"
        self.logged[view.casefold()] = Logged(noun=noun, model=model, view=view, position=position)
        return view

    def _dataset(self, text: str) -> tuple[str, str]:
        """What of the text before an @ stays as it is, and the dataset that the rest names."""
        # `a-b@v3` is a less b, unless a dataset is called a-b.
        hyphens = [] if text.startswith('"') else [n for n, one in enumerate(text, 1) if one == "-"]
        for start in (0, *hyphens):
            name = self._called(unquoted(text[start:]))
            if name is not None:
                return text[:start], name
        raise NotFound.named("dataset", unquoted(text), known=sorted(self._known))

    def _called(self, text: str) -> str | None:
        """The dataset with this name, whose case may differ where no other name is that like it."""
        if text in self._known:
            return text
        folded = text.casefold()
        alike = [name for name in self._known if name.casefold() == folded]
        return alike[0] if len(alike) == 1 else None

    def _add(self, wanted: Reference, position: int) -> str:
        """The name of the view for these rows."""
        view = wanted.view
        while (other := self.references.get(view.casefold())) is not None:
            if other.dataset == wanted.dataset:
                return other.view
            view += "'"
        self.references[view.casefold()] = replace(wanted, view=view, position=position)
        return view


def _reference(name: str, which: str, *, view: str) -> Reference:
    if which.casefold() == "latest":
        return Reference(dataset=name, view=view)
    # Four digits are a year; a version of that number is written with its letter.
    if span := _period(which):
        return Reference(dataset=name, view=view, start=span[0], end=span[1])
    number = number_in(which.casefold(), prefix="v")
    if number is None:
        raise UsageError(
            f"'{name}@{which}' names neither a version nor a period.",
            f"Write {name}@v3, {name}@latest, or a year, month or day: {name}@2013-04.",
        )
    return Reference(dataset=name, view=view, version=number)


def _period(text: str) -> tuple[datetime, datetime] | None:
    """The first moment of a year, month or day, and the first one after it; None: it is none."""
    found = PERIOD.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
        # A day that lies in the period after this one, whatever its length.
        later = first + timedelta(days=1 if day else 31 if month else 366)
        after = date(later.year, later.month if month else 1, later.day if day else 1)
    except (ValueError, OverflowError):
        return None
    start, end = (datetime(one.year, one.month, one.day, tzinfo=UTC) for one in (first, after))
    return start, end


def _with_neighbours(found: Sequence[Token]) -> Iterator[tuple[Token, str, str]]:
    """Each token with the texts before and after it."""
    texts = ["", *(token.text for token in found), ""]
    return zip(found, texts, texts[2:], strict=False)


def _final_semicolons(found: Sequence[Token]) -> list[Token]:
    final = []
    for token in reversed(found):
        if token.text != ";":
            break
        final.append(token)
    return final[::-1]


def _replaced(sql: str, pieces: Sequence[tuple[Token, str]], views: _Views) -> Rewritten:
    """The SQL with each of these tokens replaced, in their order."""
    parts: list[str] = []
    anchors: list[tuple[int, int, int]] = []
    length = position = 0
    for token, text in pieces:
        kept = token.start - position
        anchors += [(length, position, kept), (length + kept, token.start, 0)]
        parts += [sql[position : token.start], text]
        length += kept + len(text)
        position = token.end
    anchors.append((length, position, len(sql) - position))
    rewritten = "".join([*parts, sql[position:]])
    return Rewritten(
        sql=rewritten,
        references=tuple(views.references.values()),
        logged=tuple(views.logged.values()),
        anchors=tuple(anchors),
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
