"""The keys of a dataset about its files: how text is written, what a file may change, how much may be bad."""

from __future__ import annotations

import codecs
from typing import Literal

from storage.records import CsvRules, DateOrder, OnChange, OnNew, ReadingRules
from workbench.config import kinds
from workbench.config.kinds import Kind, NotAllowed
from workbench.config.tables import Table

_ON_NEW: Kind[OnNew] = kinds.choice("accept", "block", "ignore")
_ON_CHANGE: Kind[OnChange] = kinds.choice("accept", "block")
_DECIMAL: Kind[Literal[".", ","]] = kinds.choice(".", ",")
_DATE_ORDER: Kind[DateOrder] = kinds.choice("dmy", "mdy", "ymd")
_SHARE = kinds.number(0, 1)


def reading(table: Table) -> ReadingRules:
    """What `[datasets.NAME]` says about its files."""
    default = ReadingRules()
    changes = table.table("on_schema_change")
    rules = ReadingRules(
        new=changes.take("new", _ON_NEW, default.new),
        missing=changes.take("missing", _ON_CHANGE, default.missing),
        widened=changes.take("widened", _ON_CHANGE, default.widened),
        max_bad_share=table.take("max_bad_share", _SHARE, default.max_bad_share),
        csv=_csv(table.table("csv")),
    )
    changes.close()
    return rules


def character(value: object) -> str:
    """One character that every encoding has, a tab among them."""
    if not isinstance(value, str) or len(value) != 1 or not (value.isprintable() or value == "\t"):
        raise NotAllowed('allowed is one character, such as ";" or "\\t"')
    if not value.isascii() or value.isalnum() or value in "+- ":
        raise NotAllowed("allowed is a character that stands in no number and no word")
    return value


def quote(value: object) -> str:
    """One character, or none at all where nothing is quoted."""
    return "" if value == "" else character(value)


def null(value: object) -> str:
    """A text that stands for no value."""
    text = kinds.text(value)
    if any(one in text for one in ",;|'\""):
        raise NotAllowed("allowed is a text without delimiters and quotes")
    return text


def encoding(value: object) -> str:
    """The name of an encoding of text that Python knows."""
    name = kinds.text(value)
    try:
        found = codecs.lookup(name)
        "".encode(name)
    except (LookupError, ValueError) as error:
        raise NotAllowed(
            "allowed is the name of an encoding, such as utf-8, cp949, utf-16 or latin-1"
        ) from error
    return found.name


def _csv(table: Table) -> CsvRules:
    default = CsvRules()
    rules = CsvRules(
        delimiter=table.take("delimiter", character),
        quote=table.take("quote", quote),
        header=table.take("header", kinds.flag),
        encoding=table.take("encoding", encoding),
        decimal=table.take("decimal", _DECIMAL, default.decimal),
        nulls=table.take("nulls", kinds.several(null), default.nulls),
        date_order=table.take("date_order", _DATE_ORDER),
    )
    given = {"quote": rules.quote, "decimal": rules.decimal}
    for key, one in given.items():
        if one and one == rules.delimiter:
            table.wrong("delimiter", f"{key} is the same character")
    table.close()
    return rules
