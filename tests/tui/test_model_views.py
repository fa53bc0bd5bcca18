"""What the Models screen says of a version, as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.records import (
    AliasMove,
    GateDecision,
    GateReview,
    GateVerdict,
    InputColumn,
    InputType,
    Lineage,
    LineageNode,
    ModelVerification,
    ModelVersion,
    Parity,
    Signature,
    SliceGain,
)
from storage.records.model_diff import ImportanceChange, InputChange, MetricChange, ModelDiff
from storage.records.run_comparison import Difference, PairedDifference
from tests.tui.registry import FAILED
from tests.tui.shapes import NOW
from tests.tui.test_run_views import figures
from workbench.core.model_cards import (
    Bar,
    Call,
    CardInput,
    CardMetric,
    Example,
    Limit,
    ModelCard,
    Spread,
)
from workbench.tui import standing
from workbench.tui.model_seen import Glance, ModelSeen
from workbench.tui.standing import Moved, Standing
from workbench.tui.views import gate, lineage, model_diff, model_pages, models
from workbench.tui.widgets import columns as layout

PROOF = Parity(
    rows=1000,
    hostile_rows=24,
    max_abs_diff=3.3e-16,
    p999_abs_diff=2.2e-16,
    flips=0,
    limit=1e-4,
    passed=True,
)
DISTANCE = InputColumn(
    name="거리(km)",
    graph_name="x0",
    type=InputType.NUMBER,
    nullable=False,
    minimum=94.0,
    maximum=4983.0,
)
CARRIER = InputColumn(
    name="carrier",
    graph_name="x1",
    type=InputType.STRING,
    nullable=True,
    categories=("UA", "서울항공"),
)
VERSION = ModelVersion(
    id=7,
    model_id=1,
    model="late",
    number=7,
    run_id=12,
    dataset="flights",
    version=3,
    train="flights@v3",
    onnx_blob="a" * 64,
    native_blob="a" * 64,
    profile_blob="a" * 64,
    sample_blob="a" * 64,
    row_hashes_blob="a" * 64,
    signature=Signature(task="binary", inputs=(DISTANCE, CARRIER), classes=("false", "true")),
    parity=PROOF,
    metrics={"roc_auc": 0.71},
    intervals={"roc_auc": (0.70, 0.72)},
    importances={"거리(km)": 0.75, "carrier": 0.25},
    created_by="j9",
    created_at=NOW - timedelta(minutes=3),
    aliases=("challenger", "champion"),
)
SPREAD = Spread(
    rows=100,
    missing=0.125,
    distinct=2,
    mean=None,
    std=None,
    quantiles=(),
    bars=(Bar(low=0, high=1, share=0.2), Bar(low=1, high=2, share=0.8)),
    values=(),
    other=0.0,
    rare=0,
)
CARD = ModelCard(
    version=VERSION,
    project="flights",
    description="",
    intended_use="",
    held=(),
    run=None,
    source_files=(),
    source_count=0,
    training_rows=100,
    test_rows=20,
    metrics=(
        CardMetric(key="roc_auc", value=0.71, low=0.70, high=0.72, baseline=0.5, is_primary=True),
    ),
    verdict="",
    baseline="prior",
    figures=None,
    inputs=(
        CardInput(column=DISTANCE, example=870.0, importance=0.75, cost=None, spread=SPREAD),
        CardInput(column=CARRIER, example=None, importance=0.25, cost=None, spread=SPREAD),
    ),
    example=Example(row={}, label="true", probabilities={"false": 0.2, "true": 0.8}, value=None),
    first_time=None,
    last_time=None,
    reviews=(),
    verifications=(),
    evaluations=(),
    limits=(Limit(kind="leak", sentence="dest gives the answer away."),),
    unknown=(),
    reproduce="",
    calls=(Call(title="The endpoint", language="sh", text="curl -s http://127.0.0.1:8080"),),
)


def page(name="overview", card=CARD, width=100, **known):
    seen = ModelSeen(glance=Glance(model="late", number=7, page=name), card=card, **known)
    return "\n".join(line.plain.rstrip() for line in model_pages.page_lines(seen, NOW, width))


def test_the_first_page_says_whether_it_may_be_served_and_what_is_known_against_it():
    version = replace(VERSION, override="typing errors", note="ask ann", tags={"team": "ops"})

    shown = page(card=replace(CARD, version=version))

    assert "▲ champion in spite of its failed proof: typing errors\n▎ ask ann" in shown
    assert "✕ dest gives the answer away." in shown
    assert "roc_auc  0.7100  0.700 to 0.720  guess 0.5000 (prior)" in shown


def test_the_first_page_draws_its_curves_and_says_what_is_not_known():
    card = replace(
        CARD,
        figures=figures(),
        unknown=("Its code is known by its hash alone.",),
        reproduce="again",
    )

    shown = page(card=card, width=140)

    assert "ROC" in shown
    assert "calibration" in shown
    assert "⣀" in shown or "⠉" in shown
    assert "what is not known\nIts code is known by its hash alone." in shown


def test_moves_of_aliases_tell_who_why_and_in_spite_of_what():
    move = AliasMove(
        alias="champion",
        from_number=None,
        to_number=7,
        who="ann",
        why="it is better",
        at=NOW - timedelta(minutes=2),
        override="typing errors",
    )

    shown = page(moves=(move,), width=140)

    assert "champion nothing → v7  2 min ago, ann: it is better in spite of its failed" in shown


def test_inputs_line_up_though_names_are_wide():
    lines = page("inputs").splitlines()

    assert "of the example  true: false 20.0 % and true 80.0 %" in lines
    assert lines[-2].startswith("거리(km)  number  refused      870")
    assert lines[-1].startswith("carrier   string  12.5 %   missing")


@pytest.mark.parametrize("width", [40, 80, 140])
def test_every_page_fits_its_width(width):
    lineages = {"lineage": LINEAGE}
    for name in ("overview", "inputs", "proof", "gate", "lineage", "call"):
        seen = ModelSeen(
            glance=Glance(model="late", number=7, page=name),
            card=replace(CARD, version=replace(VERSION, parity=FAILED), reviews=(REVIEW,)),
            lineage=lineages.get(name),
            calls=CARD.calls,
        )
        found = model_pages.page_lines(seen, NOW, width)

        assert all(line.cell_length <= width for line in found), name


def test_a_failed_proof_shows_the_row_that_differs_most_with_both_answers():
    shown = page("proof", replace(CARD, version=replace(VERSION, parity=FAILED)))

    assert "proof ✕ the graph answers otherwise" in shown
    assert "unknown category     0.31  row 17  ✕ another label" in shown
    assert "model 0.2 0.8   graph 0.51 none" in shown
    assert "carrier 서울  temp 31.5  dewp missing" in shown


def test_the_scale_of_a_proof_marks_the_differences_below_the_limit():
    ruler = next(line for line in page("proof").splitlines() if line.startswith("scale"))

    assert ruler.index("●") < ruler.index("┃")


def test_repeated_proofs_say_which_packages_changed():
    again = ModelVerification(
        id=1,
        model_version_id=7,
        parity=replace(FAILED, packages={"onnxruntime": "1.32.0", "lightgbm": "4.7.0"}),
        who="j30",
        at=NOW - timedelta(hours=2),
    )
    version = replace(VERSION, parity=FAILED)

    shown = page("proof", replace(CARD, version=version, verifications=(again,)))

    assert "2 h ago  ✕ 0.31         12  1 000  j30  onnxruntime 1.31.0 to 1.32.0" in shown


def test_a_version_that_is_not_served_says_so_beside_the_line_that_calls_it():
    card = replace(CARD, version=replace(VERSION, aliases=()))

    shown = page("call", card, calls=CARD.calls)

    assert "late@v7 is not served: the endpoint answers with the champion." in shown
    assert "No endpoint is running" in shown
    assert "not served" not in page("call", calls=CARD.calls, is_answered=True)


def test_champion_stands_first_among_the_aliases():
    assert models.aliases(VERSION).plain == "● champion challenger"


def test_tags_have_a_column_only_where_one_is_tagged():
    tagged = replace(VERSION, tags={"team": "ops"}, override="typing errors")

    for found in ([VERSION], [VERSION, tagged]):
        columns = models.columns("roc_auc", found)
        rows = models.version_rows(found, {}, "roc_auc", NOW, marked=(7,))

        assert len(columns) == len(rows[0].cells)
    widths = layout.measure(columns, rows, 140)
    line = layout.line(columns, widths, rows[1].cells).plain
    assert line.startswith("◉  v7  ● champion challenger   0.7100  .0100")
    assert "overridden" in line
    assert "team=ops" in line


REVIEW = GateReview(
    id=3,
    model="late",
    challenger=7,
    champion=6,
    dataset="flights",
    version=3,
    decision=GateDecision(
        verdict=GateVerdict.REJECT,
        reasons=("gain -0.0113",),
        metric="roc_auc",
        rows=1000,
        champion_value=0.72,
        challenger_value=0.71,
        gain=-0.0113,
        low=-0.02,
        high=-0.004,
        p_value=0.0004,
        test="DeLong",
        slices=(
            SliceGain(
                column="origin",
                value="JFK",
                rows=90,
                gain=0.002,
                low=-0.01,
                high=0.01,
                p_adjusted=0.8,
            ),
        ),
        guards={"ece": 0.012},
    ),
    looks=2,
    cycle_id=None,
    created_at=NOW - timedelta(minutes=3),
)


def test_the_gate_draws_the_gain_of_each_slice_around_nothing():
    shown = "\n".join(line.plain for line in gate.gate_lines((REVIEW,), NOW, 70))

    assert "v7 against v6  ✕ reject  3 min ago" in shown
    assert "origin=JFK  90 rows  p of being worse than allowed .800" in shown
    drawn = [line for line in shown.splitlines() if "├" in line]
    assert len(drawn) == 2
    assert all("┊" in line or "┤" in line for line in drawn)


LINEAGE = Lineage(
    label="late@v7",
    origins=LineageNode(
        noun="model version",
        label="late@v7",
        children=(
            LineageNode(
                noun="run",
                label="r12",
                text="by ann",
                children=(LineageNode(noun="dataset version", label="항공@v3", text="100 rows"),),
            ),
            LineageNode(noun="proof", label="", text="parity passed"),
        ),
    ),
    descendants=LineageNode(
        noun="model version",
        label="late@v7",
        children=(LineageNode(noun="alias", label="champion", text="until now"),),
    ),
)


def test_lineage_is_a_tree_in_both_directions():
    shown = [line.plain.rstrip() for line in lineage.tree_lines(LINEAGE, 60)]

    assert shown == [
        "▾ what it was made of",
        "├─▾ r12                by ann",
        "│ └─▸ 항공@v3          100 rows",
        "└─ proof               parity passed",
        "",
        "▾ what came of it",
        "└─ champion            until now",
    ]


def test_what_was_read_later_grows_where_it_belongs():
    below = LineageNode(noun="file", label="항공.csv", text="sha256 ab")

    shown = lineage.place_rows(lineage.places(LINEAGE, grafts={(0, 0, 0): (below,)}))

    assert [row.cells[0].plain for row in shown][2:4] == ["│ └─▾ 항공@v3", "│   └─ 항공.csv"]


def test_what_is_folded_is_left_out_of_the_tree():
    shown = [
        row.cells[0].plain for row in lineage.place_rows(lineage.places(LINEAGE, {(0, 0), (1,)}))
    ]

    assert shown == ["▾ what it was made of", "├─▸ r12", "└─ proof", "▸ what came of it  1 thing"]


@pytest.mark.parametrize(
    ("noun", "label", "goal"),
    [
        ("run", "r12", ("runs", 12)),
        ("dataset version", "항공@v3", ("data", "항공")),
        ("model version", "late@v7", ("models", "late@v7")),
        ("proof", "", None),
    ],
)
def test_what_has_a_screen_can_be_gone_to(noun, label, goal):
    assert lineage.goal(LineageNode(noun=noun, label=label)) == goal


DIFF = ModelDiff(
    before=replace(VERSION, number=6, aliases=("champion",)),
    after=replace(VERSION, aliases=()),
    inputs=(
        InputChange(aspect="column", name="거리(km)", before="", after="number"),
        InputChange(aspect="range", name="temp", before="1 to 2", after="1 to 3"),
    ),
    differences=(Difference(area="params", name="C", values=(0.1, 1.0)),),
    metrics=(
        MetricChange(
            key="roc_auc",
            before=0.70,
            after=0.73,
            before_interval=(0.69, 0.71),
            after_interval=(0.72, 0.74),
        ),
        MetricChange(key="test_rows", before=900.0, after=1000.0),
    ),
    paired=None,
    unpaired="they have 0 test rows in common",
    importances=(ImportanceChange(name="거리(km)", before=None, after=0.3),),
    graph_bytes=(79_700, 75_900),
)


def test_a_diff_tells_signature_metrics_with_intervals_and_how_both_were_made():
    shown = "\n".join(line.plain.rstrip() for line in model_diff.diff_lines(DIFF, 90))

    assert "they have 0 test rows in common" in shown
    assert "roc_auc    0.7000  0.690 to 0.710  0.7300  0.720 to 0.740  ▲+0.0300" in shown
    assert "+100" in next(line for line in shown.splitlines() if "test_rows" in line)
    assert "+ 거리(km)" in shown
    assert "≠ temp range" in shown
    assert "≠ 1" in shown


def test_a_gain_on_the_same_rows_is_told_with_its_test():
    pair = PairedDifference(
        run_id=2,
        metric="roc_auc",
        rows=1000,
        first_value=0.7,
        value=0.73,
        gain=0.03,
        low=0.01,
        high=0.05,
        test="DeLong",
        p_value=0.0002,
    )

    shown = "\n".join(line.plain for line in model_diff.diff_lines(replace(DIFF, paired=pair), 90))

    assert "roc_auc 0.7000 to 0.7300  ▲+0.0300" in shown
    assert "better: 95 % +0.0100 to +0.0500 on 1 000 rows, DeLong p <.001" in shown


def test_what_they_look_at_is_drawn_for_both_with_the_move():
    shown = [line.plain.rstrip() for line in model_diff.moved_lines(DIFF, 60)]

    assert shown[0].startswith("거리(km) ●")
    assert shown[1].endswith("30.0 %  ▲+30.0")


def known(**changed):
    first = {"version": VERSION, "aliases": {"champion": 6}, "failed": None, "review": None}
    return Standing(**{**first, **changed})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "late@v7 becomes champion; v6 answers now."),
        ({"aliases": {}}, "late@v7 becomes champion; nothing answers now."),
        ({"review": REVIEW}, "The gate said reject: roc_auc -0.0113."),
        ({"failed": FAILED}, "12 flips on 1 000 rows: the reason to serve it all the same is kept"),
    ],
    ids=["plain", "first", "rejected", "failed"],
)
def test_a_promotion_is_told_in_one_line(changed, told):
    assert told in standing.promotion(known(**changed))


@pytest.mark.parametrize(
    ("alias", "before", "after", "told"),
    [
        ("champion", 6, 7, "late@v6 becomes champion again; v7 answers now."),
        ("champion", None, 7, "late has no champion any more, as before; v7 answers now."),
        ("challenger", 6, None, "late@v6 becomes challenger again; no version is it now."),
    ],
    ids=["promoted", "first", "withdrawn"],
)
def test_taking_a_move_back_is_told_in_one_line(alias, before, after, told):
    move = AliasMove(alias=alias, from_number=before, to_number=after, who="ann", why="", at=NOW)

    assert standing.taking_back(Moved(model="late", move=move, sentence="")) == told
