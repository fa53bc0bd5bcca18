"""Model cards for tests of what shows them: whole ones, bare ones, and ones with names that hurt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from storage.records import (
    Evaluation,
    EvaluationRole,
    GateVerdict,
    InputColumn,
    InputType,
    ModelVerification,
    Parity,
    Signature,
    WorstRow,
)
from tests.report import lives
from tests.report.runs import CLASSES, a_run, figures
from workbench.config import METRICS
from workbench.core import model_calls, model_limits
from workbench.core.model_cards import (
    Bar,
    CardInput,
    CardMetric,
    Example,
    Held,
    ModelCard,
    SourceFile,
    Spread,
    ValueShare,
)

AT = datetime(2013, 5, 1, tzinfo=UTC)


def spread(**changed):
    """Of a number; with `values`, of a category."""
    made = Spread(
        rows=1000,
        missing=0.25,
        distinct=40,
        mean=5.0,
        std=1.0,
        quantiles=((0.25, 4.0), (0.75, 6.0)),
        bars=tuple(Bar(low=at, high=at + 1, share=0.1) for at in range(10)),
        values=(),
        other=0.0,
        rare=0,
    )
    return replace(made, **changed)


def an_input(name, kind=InputType.NUMBER, **changed):
    is_text = kind is InputType.STRING
    column = InputColumn(
        name=name,
        graph_name="graph_name",
        type=kind,
        nullable=True,
        minimum=None if is_text else -1.5,
        maximum=None if is_text else 1e5,
        categories=(name, "b") if is_text else (),
    )
    named = spread(
        bars=(),
        quantiles=(),
        distinct=12,
        values=(ValueShare(value=name, rows=600, share=0.6),),
        other=0.15,
        rare=2,
    )
    made = CardInput(
        column=column,
        example=name if is_text else 2.5,
        importance=0.4,
        cost=None,
        spread=named if is_text else spread(),
    )
    return replace(made, **changed)


def a_parity(name="carrier", **changed):
    made = Parity(
        rows=1200,
        hostile_rows=200,
        max_abs_diff=2.5e-16,
        p999_abs_diff=1e-17,
        flips=0,
        limit=1e-4,
        passed=True,
        kinds={"real": 1000, "missing": 150, "at a threshold": 50},
        worst=(
            WorstRow(
                row=7,
                kind="missing",
                changed=(name,),
                values={name: "", "dow": "3"},
                native=(0.25,),
                onnx=(None,),
                difference=2.5e-16,
                flipped=True,
            ),
        ),
        packages={"onnxruntime": "1.32.0", "numpy": "2.4.6"},
        single_rows=200,
    )
    return replace(made, **changed)


def a_card(task="binary", *, name="carrier", **changed):
    """A card that has everything; `name` stands wherever somebody could have chosen a name."""
    classes = CLASSES[task]
    inputs = (an_input(name, InputType.STRING), an_input("dow"))
    signature = Signature(
        task=task, inputs=tuple(one.column for one in inputs), classes=classes, key=(name,)
    )
    version = replace(
        lives.model_version(7),
        signature=signature,
        parity=a_parity(name),
        aliases=("champion",),
        note=name,
        tags={"team": name},
    )
    drawn = figures(task, name=name)
    row = {name: name, "dow": 2.5}
    metrics = tuple(
        CardMetric(key=key, value=0.7, low=0.6, high=0.8, baseline=0.5, is_primary=at == 0)
        for at, key in enumerate(METRICS[task])
    )
    verification = ModelVerification(
        id=1, model_version_id=7, parity=a_parity(name), who=name, at=AT
    )
    evaluation = Evaluation(
        id=1,
        model="late",
        model_version=7,
        role=EvaluationRole.CHAMPION,
        dataset=name,
        version=4,
        metric=METRICS[task][0],
        value=0.66,
        low=0.6,
        high=0.7,
        rows=900,
        source="scored",
        window_start=AT,
        window_end=AT,
        created_at=AT,
    )
    made = ModelCard(
        version=version,
        project=name,
        description=name,
        intended_use=f"{' '.join(name.split())}\nNot for it.",
        held=(Held(alias="champion", since=AT, who=name, why=name),),
        run=a_run(
            task,
            experiment=name,
            name=name,
            note=name,
            tags={name: name},
            params={name: name},
            environment={"python": "3.11", "git.commit": "abc", "git.dirty": True},
        ),
        source_files=(SourceFile(path=name, sha256="0" * 64),),
        source_count=3,
        training_rows=1000,
        test_rows=60,
        metrics=metrics,
        verdict="Better than the baseline.",
        baseline="prior",
        figures=drawn,
        inputs=inputs,
        example=Example(
            row=row,
            label=classes[0] if classes else "",
            probabilities=dict.fromkeys(classes, 1 / max(1, len(classes))),
            value=None if classes else 3.25,
        ),
        first_time=AT,
        last_time=AT,
        reviews=(lives.review(0, GateVerdict.PASS, slices=[lives.slice_gain(name)]),),
        verifications=(verification,),
        evaluations=(evaluation,),
        limits=(),
        unknown=(f"{name} is not known.",),
        reproduce="workbench runs reproduce r3",
        calls=model_calls.calls(version, row),
    )
    limits = model_limits.limits(
        version,
        metrics=metrics,
        figures=drawn,
        inputs=inputs,
        test_rows=60,
        verifications=made.verifications,
    )
    return replace(made, limits=limits, **changed)


def a_bare_card():
    """The card of a version that was brought in from a file, of which nothing is known."""
    version = replace(
        lives.model_version(7),
        run_id=None,
        source="late.onnx, sha256 ab12",
        native_blob=None,
        train="",
    )
    return replace(
        a_card(),
        version=version,
        description="",
        intended_use="",
        held=(),
        run=None,
        source_files=(),
        source_count=0,
        training_rows=None,
        test_rows=None,
        metrics=(),
        verdict="",
        baseline="",
        figures=None,
        inputs=(an_input("carrier", InputType.STRING, spread=None, importance=None),),
        example=None,
        first_time=None,
        last_time=None,
        reviews=(),
        verifications=(),
        evaluations=(),
        limits=(),
        unknown=("Nobody knows.",),
        reproduce="",
    )
