"""Reads workbench.toml into a Config, or says everything that is wrong with it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from workbench.config import references, sections
from workbench.config.language import UNJUDGED, Language
from workbench.config.tables import Table
from workbench.config.values import Config
from workbench.errors import ConfigInvalid

_AT = re.compile(r"(?s)(.*) \(at (line \d+, column \d+|end of document)\)")
_LINE = re.compile(r"line (\d+)")
_OTHER_NAME = re.compile(r"(?<![\w\"'-])[\w-]*[^\W\x00-\x7f][\w-]*(?![\w\"'-])")


def read(path: Path, *, language: Language = UNJUDGED) -> Config:
    """Reads the file at `path`.

    Args:
        path: The file.
        language: Judges the SQL and the patterns in it.

    Raises:
        ConfigInvalid: It cannot be read, or it has mistakes.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigInvalid(
            f"{path} cannot be read: {error.strerror}.",
            "`workbench init` writes one to start from.",
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _invalid([f"{path.name}: line {line}: this is not UTF-8 text"], path.name) from error
    return parse(text, file=path.name, language=language)


def parse(text: str, *, file: str, language: Language = UNJUDGED) -> Config:
    """Reads the text of a workbench.toml.

    Args:
        text: The text.
        file: Name of the file, for the mistakes.
        language: Judges the SQL and the patterns in it.

    Raises:
        ConfigInvalid: It has mistakes; its problem lists every one on a line of its own.
    """
    try:
        values = tomllib.loads(text)
    except RecursionError as error:
        raise _invalid([f"{file}: tables or arrays are nested too deeply"], file) from error
    except ValueError as error:
        # Not every refusal of the parser is a TOMLDecodeError: a number may have too many digits.
        raise _invalid([f"{file}: {_syntax_mistake(str(error), text)}"], file) from error
    return build(values, file=file, language=language)


def build(values: dict[str, object], *, file: str, language: Language = UNJUDGED) -> Config:
    """Reads what a workbench.toml holds, after TOML has been understood.

    Args:
        values: The keys and values of the file.
        file: Name of the file, for the mistakes.
        language: Judges the SQL and the patterns in it.

    Raises:
        ConfigInvalid: It has mistakes; its problem lists every one on a line of its own.
    """
    mistakes: list[str] = []
    root = Table((), values, mistakes.append)
    config = Config(
        project=sections.project(root.table("project")),
        datasets={
            n: sections.dataset(n, t, language) for n, t in root.named_tables("datasets").items()
        },
        experiments={
            n: sections.experiment(n, t) for n, t in root.named_tables("experiments").items()
        },
        models={n: sections.model(n, t) for n, t in root.named_tables("models").items()},
        serve=sections.serve(root.table("serve")),
        watch=sections.watch(root.table("watch")),
        worker=sections.worker(root.table("worker")),
    )
    root.close()
    references.note(config, root)
    if mistakes:
        raise _invalid([f"{file}: {mistake}" for mistake in mistakes], file)
    return config


def _syntax_mistake(message: str, text: str) -> str:
    match = _AT.fullmatch(message)
    if match is None:
        return "a number has too many digits"
    where = match[2].replace("end of document", "the end of the file")
    return f"{where}: {match[1]}{_unquoted_name(where, text)}"


def _unquoted_name(where: str, text: str) -> str:
    """What to do about a name in other letters than TOML takes as they are; empty: it is not that."""
    place = _LINE.match(where)
    line = text.splitlines()[int(place[1]) - 1] if place else ""
    name = _OTHER_NAME.search(line.partition("=")[0])
    return f'; a name with other letters than A to Z stands in quotes: "{name[0]}"' if name else ""


def _invalid(mistakes: list[str], file: str) -> ConfigInvalid:
    # A table that two readers ask for is noted by both when it is no table.
    lines = [_printable(mistake) for mistake in dict.fromkeys(mistakes)]
    count = "one mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    return ConfigInvalid("\n".join(lines), f"Mend {file} ({count}), then try again.")


def _printable(mistake: str) -> str:
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in mistake
    )
