"""Which encoding a text file has, and the file in UTF-8 where it has another one.

UTF-8 is tried first: text in another encoding is practically never valid UTF-8 by chance. CP949, which
holds EUC-KR, is what remains for Korean files, and is only taken when every byte of the file fits it.
"""

from __future__ import annotations

import codecs
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from storage.frames.reading.intake import Intake, suffix_of, unreadable
from storage.frames.reading.streams import CHUNK_BYTES, unpacked

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NO_TEXT = {
    b"\x1f\x8b": "a gzip archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"PK\x03\x04": "a ZIP archive or a spreadsheet",
    b"PAR1": "Parquet",
}
"""How files begin that are something else than their names say."""
UTF8 = frozenset(["utf-8", "utf-8-sig", "ascii"])
KOREAN = "cp949"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text file as the readers take it."""

    path: Path
    """Of UTF-8 text: the file itself, or its conversion."""
    encoding: str = "utf-8"
    """What the file itself is written in."""
    is_valid: bool = True
    """Whether every byte is UTF-8; otherwise the lines with others are bad ones."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be known about the encoding."""
        return () if self.encoding in UTF8 else (f"it was read as {self.encoding.upper()}",)


class _Undecodable(Exception):
    """A byte that does not belong to an encoding."""

    def __init__(self, offset: int, line: int) -> None:
        super().__init__(offset, line)
        self.offset = offset
        self.line = line


def as_utf8(intake: Intake, head: bytes) -> Text:
    """The file as UTF-8, judged by its beginning and by what its dataset says of it.

    Raises:
        FileUnreadable: It is not in the encoding it should be in, or in none that is known.
    """
    for magic, what in NO_TEXT.items():
        if head.startswith(magic):
            raise unreadable(intake.source, f"it is {what}, not text", "Name it by what it is")
    said = intake.rules.csv.encoding
    encoding = codecs.lookup(said).name if said else _marked(head)
    # Programs that say EUC-KR write the letters of CP949 too, which holds all of it.
    encoding = KOREAN if encoding == "euc_kr" else encoding
    if encoding is None and (wide := _unmarked(head[:1024])):
        reason = "it holds zero bytes, as UTF-16 text without a mark does"
        raise unreadable(intake.source, reason, f'Say encoding = "{wide}" under csv')
    if encoding is not None and encoding not in UTF8:
        return _converted(intake, encoding)
    try:
        # The last character may be cut where the head ends.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return otherwise(intake)
    return Text(path=intake.source)


def otherwise(intake: Intake) -> Text:
    """The file in UTF-8, checked as a whole; from CP949 when it is no UTF-8 but that.

    Raises:
        FileUnreadable: It is neither, and no line may be set aside for that.
    """
    try:
        _decode(intake.source, "utf-8", None)
    except _Undecodable as error:
        first = error
    else:
        return Text(path=intake.source)
    is_pinned = intake.rules.csv.encoding is not None
    is_damaged = is_pinned or _is_mostly_utf8(intake.source, first.offset)
    second = None
    if not is_damaged:
        target = intake.scratch.path(".utf8" + suffix_of(intake.source))
        try:
            _decode(intake.source, KOREAN, target)
        except _Undecodable as error:
            second = error
        else:
            return Text(path=target, encoding=KOREAN)
    if intake.rules.max_bad_share > 0:
        return Text(path=intake.source, is_valid=False)
    reason = f"byte {first.offset + 1} (line {first.line}) is not UTF-8"
    if second is not None:
        reason += f", and byte {second.offset + 1} (line {second.line}) is not CP949 either"
    remedy = "Mend that line, save the file as UTF-8, or say its encoding under csv"
    raise unreadable(intake.source, reason, remedy)


def _converted(intake: Intake, encoding: str) -> Text:
    target = intake.scratch.path(".utf8" + suffix_of(intake.source))
    try:
        _decode(intake.source, encoding, target)
    except _Undecodable as error:
        reason = f"byte {error.offset + 1} (line {error.line}) is not {encoding.upper()}"
        raise unreadable(intake.source, reason, "Mend that line, or say its encoding") from error
    return Text(path=target, encoding=encoding)


def _decode(source: Path, encoding: str, target: Path | None) -> None:
    """Decodes a whole file in chunks, and writes it as UTF-8 where a target is given."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = lines = 0
    sink = target.open("wb") if target else nullcontext()
    with unpacked(source) as stream, sink as file:
        is_open = True
        while is_open:
            chunk = stream.read(CHUNK_BYTES)
            is_open = bool(chunk)
            waiting = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, not is_open)
            except UnicodeDecodeError as error:
                lines += error.object[: error.start].count(b"\n")
                raise _Undecodable(offset - waiting + error.start, lines + 1) from error
            offset += len(chunk)
            lines += chunk.count(b"\n")
            if file is not None:
                file.write(text.encode())


def _is_mostly_utf8(source: Path, offset: int) -> bool:
    """Whether the text around a wrong byte is UTF-8 otherwise: a damaged file, not another encoding.

    Nearly all sequences of three bytes that UTF-8 has are valid in CP949 too, as other characters.
    """
    with unpacked(source) as stream:
        skipped = max(0, offset - CHUNK_BYTES // 2)
        while skipped > 0 and (read := stream.read(min(skipped, CHUNK_BYTES))):
            skipped -= len(read)
        text = stream.read(CHUNK_BYTES).decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    right = sum(one > "\u07ff" for one in text) - wrong
    return right > wrong


def _unmarked(head: bytes) -> str | None:
    """Which UTF-16 text without a mark seems to be, by the zero byte beside each line end."""
    ends = head.count(b"\n")
    if ends and ends == head.count(b"\n\0") and 0 not in head[::2]:
        return "utf-16-le"
    if ends and ends == head.count(b"\0\n") and 0 not in head[1::2]:
        return "utf-16-be"
    return None


def _marked(head: bytes) -> str | None:
    return next((encoding for mark, encoding in MARKS if head.startswith(mark)), None)
