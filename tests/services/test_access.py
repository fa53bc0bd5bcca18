"""The access log: a line a request, nothing a caller can say breaks one, and its size has an end."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from tests.http.project import eventually
from workbench.services import access
from workbench.services.access import AccessLine, AccessLog, Origin


@dataclass
class Batch:
    """Two answered requests."""

    model: str = "late"
    version: int = 7
    requests: list[str] = field(default_factory=lambda: ["a-1", 'b"\\2'])
    at: list[int] = field(default_factory=lambda: [1_000_000, 2_000_000])
    rows: list[int] = field(default_factory=lambda: [1, 5])
    latency_us: list[int] = field(default_factory=lambda: [120, 340])
    callers: list[str] = field(default_factory=lambda: ["", "shop"])


@pytest.fixture
def lines(tmp_path):
    """What a log wrote: the lines of its file, after `hand` has handed something over."""

    def written(hand):
        log = AccessLog(tmp_path / "access")
        hand(log)
        log.close()
        text = (tmp_path / "access" / "0.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    return written


def test_an_answered_request_has_a_line(lines):
    origin = Origin.of("127.0.0.1", "POST", "/predict/late", b"curl/8")
    first, second = lines(lambda log: log.answered(Batch(), [origin, origin], [200, 900]))

    assert first == {
        "at": 1_000_000, "id": "a-1", "client": "127.0.0.1", "method": "POST",
        "path": "/predict/late", "status": 200, "model": "late", "version": 7, "rows": 1, "bytes": 200,
        "latency_us": 120, "agent": "curl/8",
    }  # fmt: skip
    assert (second["id"], second["rows"], second["key"]) == ('b"\\2', 5, "shop")


def test_of_requests_of_which_nothing_is_known_the_rest_is_kept(lines):
    first, _ = lines(lambda log: log.answered(Batch()))

    assert "path" not in first
    assert first["latency_us"] == 120


def test_a_refused_request_has_a_line(lines):
    (line,) = lines(
        lambda log: log.noted(
            AccessLine(at=1, id="r", status=400, error="Row 1 has no column 'x'.")
        )
    )

    assert (line["status"], line["error"]) == (400, "Row 1 has no column 'x'.")


@pytest.mark.parametrize(
    "hostile",
    ['/a\n{"at":1,"id":"forged"}', "/a\r\nb", "/\x1b[2J", "/\x9b31m", "/\u2028", "/\ud800", '/"}'],
    ids=["newline", "carriage return", "escape", "c1", "line separator", "surrogate", "quote"],
)
def test_nothing_a_caller_says_makes_a_second_line_or_moves_a_cursor(lines, hostile):
    origin = Origin.of("127.0.0.1", "GET", hostile, hostile.encode("utf-8", "replace"))
    found = lines(lambda log: log.answered(Batch(), [origin] * 2))
    said = lines(lambda log: log.noted(AccessLine(at=1, id="r", error=hostile)))

    assert len(found) == 2
    assert found[0]["path"].isprintable()
    assert found[0]["agent"].isprintable()
    assert said[-1]["error"].isprintable()


def test_long_paths_are_cut():
    assert len(Origin.of("", "GET", "/" + "a" * 10_000).path) == access.LONGEST


def test_the_files_of_a_process_have_a_bound(tmp_path):
    log = AccessLog(tmp_path, file_bytes=1000, flush_s=0.001)
    for number in range(30):
        log.noted(AccessLine(at=number, id="x" * 200))
        eventually(lambda: not log._waiting)
    eventually((tmp_path / f"0.{access.OLD_FILES}.jsonl").exists)
    log.close()

    assert len(list(tmp_path.iterdir())) == access.OLD_FILES + 1


def test_a_line_that_was_cut_short_does_not_swallow_the_next(tmp_path):
    (tmp_path / "0.jsonl").write_bytes(b'{"at":1,"id":"cut')
    log = AccessLog(tmp_path)
    log.noted(AccessLine(at=2, id="whole"))
    log.close()

    assert [line.id for line in access.newest(tmp_path)] == ["whole"]


def test_the_newest_lines_of_all_processes_come_first(tmp_path):
    for slot, moments in enumerate([(1, 4), (2, 3)]):
        log = AccessLog(tmp_path, slot=slot)
        for at in moments:
            log.noted(AccessLine(at=at, id=str(at)))
        log.close()
    (tmp_path / "0.1.jsonl").write_bytes(msgspec.json.encode(AccessLine(at=9, id="old")) + b"\n")

    assert [line.at for line in access.newest(tmp_path, limit=3)] == [4, 3, 2]


def test_where_nothing_was_logged_nothing_is_read(tmp_path):
    assert access.newest(tmp_path / "none") == ()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_turns_the_log_off_with_a_word(tmp_path):
    (tmp_path / "0.jsonl").symlink_to("/dev/full")
    failures = []
    log = AccessLog(tmp_path, failed=failures.append)
    log.noted(AccessLine(at=1, id="r"))
    eventually(lambda: not log.is_on)
    log.noted(AccessLine(at=2, id="s"))
    log.close()

    assert [error.strerror for error in failures] == ["No space left on device"]
