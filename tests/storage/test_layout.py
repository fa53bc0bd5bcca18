from __future__ import annotations

from pathlib import Path

import pytest

from storage.layout import Layout, find_project, network_file_system, tail_of, tree_size

MOUNTS = {
    "a local disk": ("/dev/sda1 / ext4 rw 0 0", None),
    "a network mount": ("/dev/sda1 / ext4 rw 0 0\nbox:/x {folder} nfs4 rw 0 0", "nfs4"),
    "a network mount above": ("box:/x {parent} cifs rw 0 0\n/dev/sda1 / ext4 rw 0 0", "cifs"),
    "a local disk below a network mount": (
        "/dev/sda1 / ext4 rw 0 0\n/dev/sdb {folder} xfs rw 0 0\nbox:/x {parent} nfs rw 0 0",
        None,
    ),
    "a mount over a mount": ("/dev/sdb {folder} ext4 rw 0 0\nbox:/x {folder} nfs rw 0 0", "nfs"),
    "a name that only begins alike": ("/dev/sda / ext4 rw 0 0\nbox:/x {folder}2 nfs rw 0 0", None),
    "lines that are cut": ("\nbox:/x\n/dev/sda1 / ext4 rw 0 0\n", None),
    "nothing that fits": ("", None),
}


@pytest.mark.parametrize(("mounts", "kind"), MOUNTS.values(), ids=MOUNTS.keys())
def test_the_nearest_mount_says_whether_a_folder_is_remote(
    tmp_path: Path, mounts: str, kind: str | None
):
    text = mounts.format(folder=tmp_path, parent=tmp_path.parent)

    assert network_file_system(tmp_path, mounts=text) == kind


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("my project", r"my\040project"),
        ("tab\there", r"tab\011here"),
        ("back\\slash", r"back\134slash"),
        ("내\u3000프로젝트", "내\u3000프로젝트"),
        ("next\x85line", "next\x85line"),
    ],
    ids=["space", "tab", "backslash", "wide space", "next line"],
)
def test_a_mount_point_is_found_by_its_escaped_name(tmp_path: Path, name: str, escaped: str):
    folder = tmp_path / name
    folder.mkdir()
    text = f"/dev/sda1 / ext4 rw 0 0\nbox:/x {tmp_path}/{escaped} nfs rw 0 0\n"

    assert network_file_system(folder, mounts=text) == "nfs"


def test_the_mounts_of_this_machine_are_read_when_none_are_given(tmp_path: Path):
    assert network_file_system(tmp_path) in {None, "9p", "nfs", "nfs4"}


@pytest.mark.parametrize("mark", ["workbench.toml", ".workbench/"])
def test_a_project_is_found_from_below(tmp_path: Path, mark: str):
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / mark).mkdir() if mark.endswith("/") else (tmp_path / mark).touch()

    assert find_project(below) == tmp_path


def test_the_nearest_project_wins(tmp_path: Path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "workbench.toml").touch()
    (inner / "workbench.toml").touch()

    assert find_project(inner) == inner


def test_creating_the_folders_twice_changes_nothing(tmp_path: Path):
    layout = Layout(tmp_path)
    layout.create()
    (layout.logs / "kept").touch()
    layout.create()

    assert (layout.logs / "kept").is_file()
    assert layout.job_log(7).parent.is_dir()


def test_the_size_of_a_tree_is_that_of_all_its_files(tmp_path: Path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "one").write_bytes(b"123")
    (tmp_path / "a" / "b" / "two").write_bytes(b"12345")

    assert tree_size(tmp_path) == 8


def test_a_growing_file_is_read_from_where_it_was_left(tmp_path: Path):
    log = tmp_path / "log"
    log.write_text("one\n", encoding="utf-8")
    first = tail_of(log)
    with log.open("a", encoding="utf-8") as file:
        file.write("two\n")

    assert first == ("one\n", 4)
    assert tail_of(log, from_byte=4) == ("two\n", 8)


def test_of_a_long_rest_the_end_is_read(tmp_path: Path):
    log = tmp_path / "log"
    log.write_text("x" * 100 + "습end", encoding="utf-8")

    assert tail_of(log, limit=4) == ("end", 106)


def test_a_missing_file_reads_as_empty(tmp_path: Path):
    assert tail_of(tmp_path / "none", from_byte=9) == ("", 0)


def test_a_character_that_is_half_written_waits_for_its_other_half(tmp_path: Path):
    log = tmp_path / "log"
    whole = "학습".encode()
    log.write_bytes(whole[:4])
    text, at = tail_of(log)
    log.write_bytes(whole)

    assert (text, at) == ("학", 3)
    assert tail_of(log, from_byte=at) == ("습", 6)
