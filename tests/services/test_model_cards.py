"""The card of a version: everything that is known of it, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.errors import NotFound
from storage.records import InputType
from tests.services.project import month
from workbench.core import model_calls
from workbench.core.checking import arrays
from workbench.engines.onnx_session import Session
from workbench.services import model_cards, model_keepsakes


def card_of(project, label="returns@v1"):
    return model_cards.card(project.context, label)


def test_it_says_what_made_the_version_and_of_which_rows(trained):
    card = card_of(trained)

    assert (card.run.id, card.version.dataset, card.source_count) == (1, "sales", 3)
    assert card.training_rows + card.test_rows == 4500
    assert card.reproduce == "workbench runs reproduce r1"


def test_every_metric_stands_beside_what_a_guess_reaches(trained):
    card = card_of(trained)

    assert card.primary.key == "roc_auc"
    assert card.primary.low < card.primary.value < card.primary.high
    assert card.primary.baseline == pytest.approx(0.5)
    assert card.verdict.startswith("Better than the baseline")
    assert not {"training_rows", "test_rows"} & {one.key for one in card.metrics}


def test_it_says_since_when_an_alias_points_at_it(trained):
    (held,) = card_of(trained).held

    assert (held.alias, held.who, held.why) == ("champion", "test", "a test")
    assert held.since is not None


def test_each_input_has_its_spread_among_the_training_rows(trained):
    card = card_of(trained)
    inputs = {one.column.name: one for one in card.inputs}

    assert inputs["가격"].spread.rows == card.training_rows
    assert {one.value for one in inputs["지역"].spread.values} == {"서울", "부산", "대구", "제주"}
    assert len(inputs["수량"].spread.bars) == 8
    assert inputs["가격"].cost.low > 0


def test_the_example_is_a_row_with_what_the_graph_answers(trained):
    card = card_of(trained)
    version = card.version
    session = Session(trained.store.blobs.read(version.onnx_blob), version.signature)
    row = {name: [value] for name, value in card.example.row.items()}
    answered = session.predict(arrays(version.signature, row))

    assert card.example.label == answered.labels[0]
    assert list(card.example.probabilities.values()) == pytest.approx(answered.scores[0])


def test_the_calls_send_the_example(trained):
    card = card_of(trained)

    assert card.calls == model_calls.calls(card.version, card.example.row)


def test_what_it_is_for_comes_from_the_configuration(trained):
    assert card_of(trained).intended_use == ""

    trained.configure(
        '[models.returns]\nexperiment = "returns"',
        '[models.returns]\nexperiment = "returns"\ndescription = "Says what comes back."\n'
        'intended_use = """\nPlanning.\nNot for customers.\n"""',
    )
    card = card_of(trained)

    assert card.description == "Says what comes back."
    assert card.intended_use == "Planning.\nNot for customers."


def test_the_checks_of_the_run_become_known_limits(project):
    rows = month(1, rows=400)
    rows["지역"] = rows["지역"].copy()
    rows["지역"][:5] = "독도"
    project.configure('metric = "roc_auc"', 'metric = "roc_auc"\nslices = ["지역"]')
    project.accept(rows, month(2, rows=400), month(3, rows=400))
    project.register(project.train())
    limits = {one.kind: one.sentence for one in card_of(project).limits}

    assert "지역 (1)" in limits["rare category"]


def test_figures_that_cannot_be_read_are_told_of_and_the_rest_stands(trained):
    with trained.store.read() as tx:
        kept = [one for one in tx.runs.artifacts(1) if one.path == "figures.json"]
    trained.store.blobs.path(kept[0].blob).unlink()
    card = card_of(trained)

    assert card.figures is None
    assert card.primary.key == "roc_auc"
    assert any("figures of r1 cannot be read" in one for one in card.unknown)


def test_a_run_without_figures_leaves_the_rest_of_the_card(trained):
    unknown = []
    run = replace(trained.run(1), id=99)

    assert model_keepsakes.figures(trained.context, run, unknown) is None
    assert unknown[0].startswith("r99 kept no curves")


def test_repeated_proofs_stand_on_the_card(trained):
    trained.do("verify", model="returns", number=1)

    (verification,) = card_of(trained).verifications
    assert verification.parity.passed


def test_the_kinds_of_hostile_rows_are_counted(trained):
    parity = card_of(trained).version.parity

    assert sum(parity.kinds.values()) == parity.rows
    assert parity.kinds["real"] == parity.rows - parity.hostile_rows


def test_only_known_versions_have_a_card(trained):
    with pytest.raises(NotFound):
        card_of(trained, "returns@v9")


def test_texts_and_numbers_are_told_apart(trained):
    kinds = {one.column.name: one.column.type for one in card_of(trained).inputs}

    assert kinds == {
        "가격": InputType.NUMBER,
        "수량": InputType.INTEGER,
        "지역": InputType.STRING,
    }
