from __future__ import annotations

import pytest

from storage.records import CsvRules, ReadingRules
from workbench import config
from workbench.errors import ConfigInvalid

HEAD = '[project]\nname = "p"\n[datasets.flights]\n'


def rules_of(text: str) -> ReadingRules:
    return config.parse(HEAD + text, file="f").datasets["flights"].reading


def mistakes_of(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        config.parse(HEAD + text, file="f")
    return caught.value.problem.splitlines()


def test_a_dataset_that_says_nothing_of_its_files_blocks_every_change():
    rules = rules_of("")

    assert rules == ReadingRules()
    assert (rules.new, rules.missing, rules.widened) == ("block", "block", "block")
    assert rules.max_bad_share == 0


def test_a_dataset_says_what_its_files_may_change():
    rules = rules_of(
        'max_bad_share = 0.01\n[datasets.flights.on_schema_change]\nnew = "ignore"\n'
        'missing = "accept"\nwidened = "accept"\n'
    )

    assert rules == ReadingRules(
        new="ignore", missing="accept", widened="accept", max_bad_share=0.01
    )


def test_a_dataset_says_how_its_files_are_written():
    rules = rules_of(
        '[datasets.flights.csv]\ndelimiter = "\\t"\nquote = ""\nheader = false\n'
        'encoding = "EUC-KR"\ndecimal = ","\nnulls = ["NA", "없음"]\ndate_order = "dmy"\n'
    )

    assert rules.csv == CsvRules(
        delimiter="\t",
        quote="",
        header=False,
        encoding="euc_kr",
        decimal=",",
        nulls=("NA", "없음"),
        date_order="dmy",
    )


MISTAKES = {
    "a new column filled": (
        '[datasets.flights.on_schema_change]\nnew = "fill"',
        '[datasets.flights.on_schema_change] new = "fill": allowed are accept, block, ignore',
    ),
    "a missing column ignored": (
        '[datasets.flights.on_schema_change]\nmissing = "ignore"',
        '[datasets.flights.on_schema_change] missing = "ignore": allowed are accept, block',
    ),
    "another change": (
        '[datasets.flights.on_schema_change]\nmising = "accept"',
        (
            '[datasets.flights.on_schema_change] mising = "accept": unknown key; known are new, missing, '
            'widened; did you mean "missing"?'
        ),
    ),
    "a share of bad lines in per cent": (
        "max_bad_share = 5",
        "[datasets.flights] max_bad_share = 5: allowed is a number from 0 to 1",
    ),
    "two characters": (
        'csv = { delimiter = ";;" }',
        '[datasets.flights.csv] delimiter = ";;": allowed is one character, such as ";" or "\\t"',
    ),
    "a letter": (
        'csv = { delimiter = "x" }',
        (
            '[datasets.flights.csv] delimiter = "x": allowed is a character that stands in no number and '
            "no word"
        ),
    ),
    "an unknown encoding": (
        'csv = { encoding = "klingon" }',
        (
            '[datasets.flights.csv] encoding = "klingon": allowed is the name of an encoding, such as '
            "utf-8, cp949, utf-16 or latin-1"
        ),
    ),
    "an encoding of no text": (
        'csv = { encoding = "base64" }',
        (
            '[datasets.flights.csv] encoding = "base64": allowed is the name of an encoding, such as '
            "utf-8, cp949, utf-16 or latin-1"
        ),
    ),
    "a null with a delimiter": (
        'csv = { nulls = ["n,a"] }',
        ('[datasets.flights.csv] nulls = ["n,a"]: allowed is a text without delimiters and quotes'),
    ),
    "an empty null": (
        'csv = { nulls = [""] }',
        '[datasets.flights.csv] nulls = [""]: allowed is one line of text',
    ),
    "an order without a month": (
        'csv = { date_order = "dy" }',
        '[datasets.flights.csv] date_order = "dy": allowed are dmy, mdy, ymd',
    ),
    "a comma for both": (
        'csv = { delimiter = ",", decimal = "," }',
        '[datasets.flights.csv] delimiter = ",": decimal is the same character',
    ),
}


@pytest.mark.parametrize(("text", "mistake"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_reported_with_what_is_allowed(text: str, mistake: str):
    (found,) = mistakes_of(text)

    assert (
        found.removeprefix("f: ").partition("; did you mean")[0]
        == (mistake.partition("; did you mean")[0])
    )


@pytest.mark.parametrize("name", ["undefined", "x" * 5000, "utf\u00a08", "..", "hex"])
def test_no_name_of_an_encoding_breaks_the_reader(name: str):
    assert len(mistakes_of(f'csv = {{ encoding = "{name}" }}')) == 1
