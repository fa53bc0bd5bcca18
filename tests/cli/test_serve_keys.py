"""Keys from the command line, and the endpoint that does not start openly without one."""

from __future__ import annotations

import json

import pytest

from tests.http.project import make_project
from workbench.cli import main


@pytest.fixture
def workbench(tmp_path, capsys):
    """Carries out a command in an empty project: exit code, stdout, stderr."""
    make_project(tmp_path)

    def carry_out(*words):
        code = main(["-C", str(tmp_path), *words])
        return code, *capsys.readouterr()

    return carry_out


def test_a_key_is_all_that_is_printed_on_stdout_and_never_again(workbench):
    code, out, err = workbench("serve", "key", "add", "대시보드")
    _, listed, _ = workbench("serve", "key", "list")

    assert (code, len(out.strip()), out[:3]) == (0, 46, "wb_")
    assert "'대시보드' opens the endpoint (predict)" in err
    assert out[:9] in listed
    assert out.strip() not in listed + err


def test_a_program_reads_what_a_key_is(workbench):
    _, made, _ = workbench("serve", "key", "add", "ci", "--scope", "admin", "--json")
    _, listed, _ = workbench("serve", "key", "list", "--json")

    assert json.loads(made)["text"].startswith(json.loads(made)["key"]["prefix"])
    (key,) = json.loads(listed)
    assert (key["name"], key["scope"], key["revoked_at"]) == ("ci", "admin", None)
    assert json.loads(made)["text"] not in listed


def test_whoever_revokes_the_last_key_is_told_what_that_means(workbench):
    workbench("serve", "key", "add", "a")
    workbench("serve", "key", "add", "b")
    first = workbench("serve", "key", "revoke", "a")
    last = workbench("serve", "key", "revoke", "b")

    assert (first[:2], "last key" in first[2]) == ((0, "a\n"), False)
    assert (last[:2], "last key" in last[2]) == ((0, "b\n"), True)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "a\nb"), 2, "A key cannot be called"),
        (("add", "ci", "--scope", "root"), 2, "'root' is not one of"),
        (("revoke", "ci"), 4, "No key is called 'ci'."),
    ],
)
def test_a_mistake_is_named(workbench, words, code, said):
    found, out, err = workbench("serve", "key", *words)

    assert (found, out, said in err) == (code, "", True)


def test_a_list_without_keys_says_how_to_make_one(workbench):
    assert "workbench serve key add NAME" in workbench("serve", "key", "list")[2]


def test_an_open_address_without_a_key_is_refused_in_three_sentences(workbench):
    code, out, err = workbench("serve", "--host", "0.0.0.0", "--port", "0")

    assert (code, out) == (2, "")
    assert err.splitlines() == [
        (
            "The endpoint does not listen on 0.0.0.0 while it has no key: everybody who reaches this "
            "machine could ask it."
        ),
        "Make a key with `workbench serve key add NAME`, or listen on 127.0.0.1.",
    ]


@pytest.mark.parametrize("options", [["--port", "70000"], ["--workers", "0"], ["--workers", "65"]])
def test_an_option_that_cannot_mean_anything_is_refused(workbench, options):
    assert workbench("serve", *options)[0] == 2


def test_a_command_that_is_not_there_is_answered_with_the_nearest(workbench):
    assert "Did you mean 'key'?" in workbench("serve", "keys")[2]
