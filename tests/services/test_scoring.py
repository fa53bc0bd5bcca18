"""Files that a model answers: the same answers as the endpoint's, row for row, whatever comes between."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from storage.errors import AlreadyExists, Conflict, NotFound, StoreUnusable
from storage.frames import chunks
from tests.services.project import month, write_csv
from workbench.core import parity
from workbench.errors import InputUnreadable, NotServed, RequestInvalid, UsageError
from workbench.services import champions, scoring, served

TYPES = {"id": "VARCHAR", "가격": "DOUBLE", "수량": "BIGINT", "지역": "VARCHAR"}


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of as few rows as may be."""
    monkeypatch.setattr(chunks, "MOST_ROWS", 1)


def rows_of_april(rows: int = 300) -> dict[str, np.ndarray]:
    return month(4, rows=rows)


def in_file(project, name: str, rows: dict[str, np.ndarray]) -> Path:
    """Rows in a file of the format that its name tells."""
    table = write_csv(project.folder / "rows.csv", rows)
    path = project.folder / name
    if name == "rows.csv":
        return path
    listed = ", ".join(f'"{one}"::{TYPES[one]} AS "{one}"' for one in rows if one in TYPES)
    options = {
        ".parquet": "FORMAT parquet, ROW_GROUP_SIZE 2048",
        ".jsonl": "FORMAT json",
        ".tsv": "FORMAT csv, DELIMITER '\t'",
    }[Path(name).suffix]
    scan = f"read_csv('{table}', all_varchar = true)"
    project.store.frames.rows(f"COPY (SELECT {listed} FROM {scan}) TO '{path}' ({options})")
    return path


def read(project, path: Path) -> dict[str, list]:
    reader = {".parquet": "read_parquet", ".jsonl": "read_json"}.get(path.suffix, "read_csv")
    found = project.store.frames.query(f"SELECT * FROM {reader}('{path}')")
    return {name: values.tolist() for name, values in found.items()}


def endpoint_answers(project, rows):
    with project.store.read() as tx:
        version = tx.models.at("returns")
    columns = {name: rows[name].tolist() for name in version.signature.names}
    scores = served.load(project.store.blobs, version).answer(columns).scores
    labels = [version.signature.classes[code] for code in parity.labels(scores)]
    # The last digit depends on how many rows are asked at once.
    return labels, pytest.approx(scores.tolist(), rel=1e-12)


@pytest.mark.parametrize("source", ["rows.csv", "rows.tsv", "rows.jsonl", "rows.parquet"])
def test_a_file_gets_the_answers_of_the_endpoint_in_the_order_of_its_rows(trained, source):
    rows = rows_of_april()
    out = trained.folder / "out.parquet"
    scored = scoring.score(trained.context, "returns", in_file(trained, source, rows), out)
    labels, scores = endpoint_answers(trained, rows)
    found = read(trained, out)

    assert scored.columns == ("id", "prediction", "probability")
    assert found["id"] == rows["id"].tolist()
    assert found["prediction"] == labels
    assert found["probability"] == scores


@pytest.mark.parametrize("out", ["out.csv", "out.tsv", "out.jsonl", "out.parquet"])
def test_the_name_of_the_output_tells_its_format(trained, out):
    rows = rows_of_april()
    target = trained.folder / out
    scoring.score(trained.context, "returns", in_file(trained, "rows.parquet", rows), target)
    found = read(trained, target)

    assert found["id"] == rows["id"].tolist()
    assert found["probability"] == endpoint_answers(trained, rows)[1]


def test_packed_text_goes_in_and_comes_out(trained):
    plain = in_file(trained, "rows.csv", rows_of_april(20))
    packed, out = trained.folder / "rows.csv.gz", trained.folder / "out.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    scoring.score(trained.context, "returns", packed, out)

    assert len(gzip.decompress(out.read_bytes()).splitlines()) == 21


def test_korean_text_in_its_old_encoding_is_read(trained):
    rows = rows_of_april(50)
    path = in_file(trained, "rows.csv", rows)
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp949"))
    out = trained.folder / "out.parquet"
    scored = scoring.score(trained.context, "returns", path, out)

    assert scored.notes == ("it was read as CP949",)
    assert not scored.unknown
    assert read(trained, out)["probability"] == endpoint_answers(trained, rows)[1]


@pytest.mark.usefixtures("small_chunks")
def test_chunks_change_nothing(trained):
    rows = rows_of_april(5000)
    out = trained.folder / "out.parquet"
    seen: list[int] = []
    scored = scoring.score(
        trained.context,
        "returns",
        in_file(trained, "rows.parquet", rows),
        out,
        tell=lambda progress: seen.append(progress.rows_done),
    )

    assert scored.rows == seen[-1] == 5000
    assert len(seen) >= 5
    assert read(trained, out)["id"] == rows["id"].tolist()
    assert read(trained, out)["probability"] == endpoint_answers(trained, rows)[1]


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (None, ["id"]),
        (["지역", "id"], ["지역", "id"]),
        ([], []),
        (["*"], ["id", "at", "가격", "수량", "지역", "returned"]),
    ],
    ids=["the key", "named ones", "none", "all"],
)
def test_the_columns_that_are_kept_stand_before_the_answers(trained, asked, kept):
    out = trained.folder / "out.csv"
    path = in_file(trained, "rows.csv", rows_of_april(20))
    scored = scoring.score(trained.context, "returns", path, out, columns=asked)

    assert scored.columns == (*kept, "prediction", "probability")


def test_kept_text_stays_as_it_is_written(trained):
    path = trained.folder / "rows.csv"
    path.write_text("코드,가격,수량,지역\n007,1.50,2,서울\n", encoding="utf-8")
    out = trained.folder / "out.csv"
    scoring.score(trained.context, "returns", path, out, columns=["코드", "가격"])

    assert out.read_text(encoding="utf-8").splitlines()[1].startswith("007,1.50,")


def test_hostile_names_are_kept_as_they_are(trained):
    hostile = "a \"b', kept.x\n[;--"
    rows = rows_of_april(20)
    names = ", ".join(f'"{one}"' for one in TYPES)
    quoted = hostile.replace('"', '""')
    source, out = trained.folder / "[a]*.parquet", trained.folder / "out's.parquet"
    table = in_file(trained, "rows.parquet", rows)
    trained.store.frames.rows(
        f"COPY (SELECT {names}, id AS \"{quoted}\", 1 AS absent FROM '{table}') TO '{source}' (FORMAT parquet)"
    )
    scored = scoring.score(
        trained.context, "returns", source, out, columns=[hostile, "absent", "id"]
    )

    assert scored.columns[0] == hostile
    assert not list(trained.folder.glob("*.parts"))


@pytest.mark.parametrize(
    ("value", "column", "said"),
    [
        ("1.5", "수량", "Row 8 of column '수량' is '1.5'; a whole number is allowed there."),
        ("많이", "가격", "Row 8 of column '가격' is '많이'; a number is allowed there."),
        ("1e999", "가격", "Row 8 of column '가격' is '1e999'; a number is allowed there."),
        ("inf", "가격", "Row 8 of column '가격' is infinite; a number is allowed there."),
        (
            None,
            "지역",
            "Row 8 has no value for column '지역', which had none missing in training.",
        ),
    ],
    ids=["a fraction", "a word", "too large", "infinite", "missing"],
)
def test_a_value_the_model_does_not_take_is_named_with_its_row(trained, value, column, said):
    rows = rows_of_april(20)
    rows[column] = rows[column].astype(object)
    rows[column][7] = value
    out = trained.folder / "out.csv"

    with pytest.raises(RequestInvalid) as refused:
        scoring.score(trained.context, "returns", in_file(trained, "rows.csv", rows), out)

    assert refused.value.problem == said
    assert "--on-bad null" in refused.value.remedy
    assert not out.exists()
    assert not list(trained.folder.glob("*.parts"))


@pytest.mark.usefixtures("small_chunks")
def test_a_bad_row_late_in_the_file_leaves_nothing_behind(trained):
    rows = rows_of_april(3000)
    rows["수량"] = rows["수량"].astype(object)
    rows["수량"][2500] = "many"
    path = in_file(trained, "rows.csv", rows)

    with pytest.raises(RequestInvalid, match="Row 2501 of column '수량' is 'many'"):
        scoring.score(trained.context, "returns", path, trained.folder / "out.csv")

    assert not list(trained.folder.glob("out*"))


@pytest.mark.usefixtures("small_chunks")
def test_a_bad_row_may_stay_without_an_answer_and_is_counted(trained):
    rows = rows_of_april(2500)
    expected = endpoint_answers(trained, {name: one[:9] for name, one in rows.items()})[1]
    rows["수량"] = rows["수량"].astype(object)
    rows["수량"][[7, 9, 2400]] = "1.5"
    rows["가격"] = rows["가격"].astype(object)
    rows["가격"][9] = "inf"
    out = trained.folder / "out.parquet"
    scored = scoring.score(
        trained.context, "returns", in_file(trained, "rows.csv", rows), out, on_bad="null"
    )
    found = read(trained, out)

    assert scored.unanswered_rows == 3
    assert [(one.column, one.reason, one.values, one.first_row) for one in scored.bad] == [
        ("가격", "infinite", 1, 10),
        ("수량", "of another type", 3, 8),
    ]
    assert [row for row, one in enumerate(found["prediction"]) if one is None] == [7, 9, 2400]
    assert [row for row, one in enumerate(found["probability"]) if one is None] == [7, 9, 2400]
    assert found["probability"][:7] == pytest.approx(expected.expected[:7])


def test_a_parquet_column_of_another_type_is_named(trained):
    table = in_file(trained, "rows.parquet", rows_of_april(20))
    source = trained.folder / "other.parquet"
    trained.store.frames.rows(
        f"COPY (SELECT * REPLACE ('3' AS \"수량\") FROM '{table}') TO '{source}' (FORMAT parquet)"
    )

    with pytest.raises(RequestInvalid, match=r"Row 1 of column '수량' is '3'; a whole number"):
        scoring.score(trained.context, "returns", source, trained.folder / "out.csv")


def test_whole_numbers_may_be_written_as_floats(trained):
    rows = rows_of_april(20)
    table = in_file(trained, "rows.parquet", rows)
    source, out = trained.folder / "other.parquet", trained.folder / "out.parquet"
    trained.store.frames.rows(
        f"COPY (SELECT * REPLACE (\"수량\"::DOUBLE AS \"수량\") FROM '{table}') TO '{source}' (FORMAT parquet)"
    )
    scoring.score(trained.context, "returns", source, out)

    assert read(trained, out)["probability"] == endpoint_answers(trained, rows)[1]


@pytest.mark.usefixtures("small_chunks")
def test_unknown_categories_are_answered_and_told(trained):
    rows = rows_of_april(2500)
    rows["지역"] = rows["지역"].astype(object)
    rows["지역"][[3, 2000, 2001]] = ["광주", "울산", "광주"]
    out = trained.folder / "out.parquet"
    scored = scoring.score(trained.context, "returns", in_file(trained, "rows.csv", rows), out)

    assert [(one.column, one.values, one.examples) for one in scored.unknown] == [
        ("지역", 3, ("광주", "울산"))
    ]
    assert read(trained, out)["probability"] == endpoint_answers(trained, rows)[1]


def test_a_missing_column_is_named_with_the_nearest(trained):
    path = trained.folder / "rows.csv"
    path.write_text("가격,수량_,지역\n1,2,서울\n", encoding="utf-8")

    with pytest.raises(RequestInvalid) as refused:
        scoring.score(trained.context, "returns", path, trained.folder / "out.csv")

    assert refused.value.problem == "Column '수량' is missing."
    assert refused.value.remedy.startswith("Is it the one called '수량_'?")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.csv", b"", "it is empty"),
        ("rows.csv", "가격,수량,지역\n".encode(), "it has no rows"),
        ("rows.jsonl", b"{broken\n", ""),
        ("rows.parquet", b"no parquet at all", ""),
        ("rows.csv.gz", b"no archive", "its archive is cut or damaged"),
        ("rows.xlsx", b"PK", "'.xlsx' is none of"),
    ],
    ids=["empty", "only a header", "broken JSON", "no Parquet", "no archive", "a spreadsheet"],
)
def test_an_input_that_cannot_be_read_is_refused_by_name(trained, name, content, said):
    path = trained.folder / name
    path.write_bytes(content)

    with pytest.raises(InputUnreadable, match=f"{name} cannot be read: .*{said}"):
        scoring.score(trained.context, "returns", path, trained.folder / "out.csv")


def test_an_input_that_is_not_there_is_named(trained):
    with pytest.raises(InputUnreadable, match="There is no file"):
        scoring.score(trained.context, "returns", Path("none.csv"), trained.folder / "out.csv")


def test_a_parquet_file_without_rows_is_refused(trained):
    table = in_file(trained, "rows.parquet", rows_of_april(5))
    source = trained.folder / "none.parquet"
    trained.store.frames.rows(f"COPY (FROM '{table}' LIMIT 0) TO '{source}' (FORMAT parquet)")

    with pytest.raises(InputUnreadable, match="it has no rows"):
        scoring.score(trained.context, "returns", source, trained.folder / "out.csv")


@pytest.mark.parametrize(
    ("out", "error", "said"),
    [
        ("nowhere/out.csv", UsageError, "folder that exists"),
        ("rows.csv", UsageError, "place of the input"),
        ("out.xlsx", UsageError, "tells no format"),
        ("there.csv", AlreadyExists, "is there already"),
        (".workbench/out.csv", UsageError, "lies in the store"),
    ],
)
def test_an_output_that_makes_no_sense_is_refused(trained, out, error, said):
    path = in_file(trained, "rows.csv", rows_of_april(5))
    (trained.folder / "there.csv").write_text("mine")

    with pytest.raises(error, match=said):
        scoring.score(trained.context, "returns", path, trained.folder / out)

    assert (trained.folder / "there.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["ID"], "The input has no column 'ID' to keep"),
        (["id", "id"], "would be called 'id' and 'id'"),
        (["prediction"], "would be called 'prediction' and 'prediction'"),
    ],
)
def test_columns_that_cannot_be_kept_are_named(trained, columns, said):
    path = trained.folder / "rows.csv"
    path.write_text("id,prediction,가격,수량,지역\n1,0,1,2,서울\n", encoding="utf-8")

    with pytest.raises(UsageError, match=said):
        scoring.score(trained.context, "returns", path, trained.folder / "out.csv", columns=columns)


def test_a_model_that_is_not_there_is_named(trained):
    path = in_file(trained, "rows.csv", rows_of_april(5))

    with pytest.raises(NotFound):
        scoring.score(trained.context, "returns@v9", path, trained.folder / "out.csv")


class Stopped(Exception):
    """Raised between two chunks."""


def stop_after(number: int):
    """A listener that stops a scoring after so many chunks."""
    seen = []

    def tell(progress):
        seen.append(progress)
        if len(seen) == number:
            raise Stopped

    return tell


@pytest.mark.usefixtures("small_chunks")
def test_what_was_answered_is_not_answered_again(trained):
    rows = rows_of_april(6000)
    path, out = in_file(trained, "rows.csv", rows), trained.folder / "out.parquet"
    with pytest.raises(Stopped):
        scoring.score(trained.context, "returns", path, out, tell=stop_after(3))
    assert not out.exists()
    scored = scoring.score(trained.context, "returns", path, out)

    assert scored.rows_before == 3000
    assert read(trained, out)["probability"] == endpoint_answers(trained, rows)[1]
    assert not list(trained.folder.glob("*.parts"))


@pytest.mark.usefixtures("small_chunks")
def test_an_input_that_changes_meanwhile_is_refused(trained):
    path, out = in_file(trained, "rows.csv", rows_of_april(2000)), trained.folder / "out.csv"

    with pytest.raises(InputUnreadable, match=r"rows\.csv changed while it was scored"):
        scoring.score(trained.context, "returns", path, out, tell=lambda _: os.utime(path, (0, 0)))

    assert not list(trained.folder.glob("out*"))


@pytest.mark.usefixtures("small_chunks")
def test_another_input_begins_anew_and_says_so(trained):
    path, out = in_file(trained, "rows.csv", rows_of_april(3000)), trained.folder / "out.csv"
    with pytest.raises(Stopped):
        scoring.score(trained.context, "returns", path, out, tell=stop_after(1))
    in_file(trained, "rows.csv", rows_of_april(2000))
    said: list[str] = []
    scored = scoring.score(trained.context, "returns", path, out, say=said.append)

    assert said == ["Begun anew: the input changed since the last start."]
    assert (scored.rows, scored.rows_before) == (2000, 0)


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
def test_another_model_begins_anew_and_says_so(trained):
    path, out = in_file(trained, "rows.csv", rows_of_april(3000)), trained.folder / "out.parquet"
    with pytest.raises(Stopped):
        scoring.score(trained.context, "returns", path, out, tell=stop_after(1))
    version = trained.register(trained.train("linear"))
    champions.promote(trained.context, "returns", version.number, expected=1, why="a test")
    said: list[str] = []
    scored = scoring.score(trained.context, "returns", path, out, say=said.append)

    assert said == ["Begun anew: the model, the graph changed since the last start."]
    assert scored.rows_before == 0
    assert read(trained, out)["probability"] == endpoint_answers(trained, rows_of_april(3000))[1]


@pytest.mark.usefixtures("small_chunks")
def test_a_part_whose_line_was_cut_is_made_again(trained):
    path, out = in_file(trained, "rows.csv", rows_of_april(3000)), trained.folder / "out.csv"
    with pytest.raises(Stopped):
        scoring.score(trained.context, "returns", path, out, tell=stop_after(2))
    journal = trained.folder / "out.csv.parts" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-5])

    assert scoring.score(trained.context, "returns", path, out).rows_before == 1000


@pytest.mark.usefixtures("small_chunks")
def test_two_processes_do_not_write_one_output(trained):
    path, out = in_file(trained, "rows.csv", rows_of_april(3000)), trained.folder / "out.csv"

    def meanwhile(_):
        with pytest.raises(Conflict, match=r"Another process is writing out\.csv"):
            scoring.score(trained.context, "returns", path, out)

    assert scoring.score(trained.context, "returns", path, out, tell=meanwhile).rows == 3000


def test_a_folder_of_somebody_else_is_left_alone(trained):
    path = in_file(trained, "rows.csv", rows_of_april(5))
    (trained.folder / "out.csv.parts").mkdir()
    (trained.folder / "out.csv.parts" / "mine").write_text("mine")

    with pytest.raises(AlreadyExists, match="is in the way"):
        scoring.score(trained.context, "returns", path, trained.folder / "out.csv")

    assert (trained.folder / "out.csv.parts" / "mine").exists()


FULL = """
import resource, signal, sys
from pathlib import Path
from workbench.services import scoring
from workbench.services.context import open_context
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
context = open_context(Path(sys.argv[1]), who="test")
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
try:
    scoring.score(context, "returns", Path(sys.argv[2]), Path(sys.argv[3]))
except Exception as error:
    print(type(error).__name__, error.problem, error.remedy)
"""


@pytest.mark.slow
def test_a_disk_that_takes_no_more_is_told(trained):
    path = in_file(trained, "rows.parquet", rows_of_april(3000))
    out = trained.folder / "out.csv"
    words = [sys.executable, "-c", FULL, str(trained.folder), str(path), str(out)]
    said = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)

    assert said.stdout.startswith(f"{StoreUnusable.__name__} out.csv cannot be written"), said
    assert "give the same command again" in said.stdout
    assert not out.exists()


DYING = """
import os, signal, sys
from pathlib import Path
from storage.frames import chunks
from workbench.services import scoring
from workbench.services.context import open_context
chunks.MOST_ROWS = 1
context = open_context(Path(sys.argv[1]), who="test")
def tell(progress):
    if progress.rows_done >= 2048:
        os.kill(os.getpid(), signal.SIGKILL)
scoring.score(context, "returns", Path(sys.argv[2]), Path(sys.argv[3]), tell=tell)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
def test_a_killed_process_loses_the_chunk_it_was_at_and_no_more(trained):
    rows = rows_of_april(5000)
    path, out = in_file(trained, "rows.parquet", rows), trained.folder / "out.parquet"
    words = [sys.executable, "-c", DYING, str(trained.folder), str(path), str(out)]
    died = subprocess.run(words, timeout=60, check=False, env=os.environ)
    assert died.returncode == -signal.SIGKILL
    assert not out.exists()
    scored = scoring.score(trained.context, "returns", path, out)

    assert scored.rows_before == 2048
    assert read(trained, out)["id"] == rows["id"].tolist()
    assert read(trained, out)["probability"] == endpoint_answers(trained, rows)[1]


def test_a_parquet_output_names_its_model(trained):
    path, out = in_file(trained, "rows.csv", rows_of_april(5)), trained.folder / "out.parquet"
    scoring.score(trained.context, "returns", path, out)
    found = trained.store.frames.rows(f"SELECT key, value FROM parquet_kv_metadata('{out}')")

    assert (b"workbench.model", b"returns@v1") in found


def test_the_rows_of_json_output_are_objects(trained):
    path, out = in_file(trained, "rows.jsonl", rows_of_april(5)), trained.folder / "out.jsonl"
    scoring.score(trained.context, "returns", path, out)
    first = json.loads(out.read_text(encoding="utf-8").splitlines()[0])

    assert list(first) == ["id", "prediction", "probability"]


def test_a_graph_that_is_damaged_is_told(trained):
    with trained.store.read() as tx:
        version = tx.models.at("returns")
    blob = trained.store.blobs.path(version.onnx_blob)
    blob.chmod(0o644)
    blob.write_bytes(b"damaged")
    path = in_file(trained, "rows.csv", rows_of_april(5))

    with pytest.raises(NotServed, match="returns@v1 cannot be served: The blob") as refused:
        scoring.score(trained.context, "returns", path, trained.folder / "out.csv")

    assert "workbench model verify returns@v1" in refused.value.remedy
