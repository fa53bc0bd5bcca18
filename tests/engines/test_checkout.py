from __future__ import annotations

import subprocess
from pathlib import Path

from workbench.engines import checkout


def git(folder: Path, *words: str, given: bytes = b"") -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(
        ["git", "-C", folder, *who, *words], check=True, capture_output=True, input=given
    )


def test_the_difference_makes_the_commit_what_was_there(tmp_path: Path):
    file = tmp_path / "fit.py"
    file.write_text("first = 1\n\n\n")
    for words in (["init"], ["add", "."], ["commit", "-m", "first"]):
        git(tmp_path, *words)
    file.write_bytes(b"first = 2\n\n\n")
    seen = checkout.look(tmp_path)
    git(tmp_path, "checkout", ".")
    assert seen is not None
    git(tmp_path, "apply", given=seen.difference.encode())

    assert file.read_text() == "first = 2\n\n\n"


def test_what_is_not_written_in_utf_8_is_no_reason_to_fail(tmp_path: Path):
    file = tmp_path / "fit.py"
    file.write_bytes(b"# caf\xe9\n")
    for words in (["init"], ["add", "."], ["commit", "-m", "first"]):
        git(tmp_path, *words)
    file.write_bytes(b"# caf\xe9s\n")
    seen = checkout.look(tmp_path)

    assert seen is not None
    assert "+# caf\ufffds" in seen.difference


def test_a_folder_outside_git_has_no_checkout(tmp_path: Path):
    assert checkout.look(tmp_path) is None
