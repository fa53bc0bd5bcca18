"""What a year of flights looks like in profiles, checks and drift: made up, and always the same."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime

from storage.records import (
    CheckResult,
    ColumnDrift,
    ColumnKind,
    ColumnProfile,
    DriftVerdict,
    OnFail,
    Profile,
)

NOW = datetime(2026, 3, 9, 15, 42, 7, tzinfo=UTC)
MONTHS = (27004, 24951, 28834, 28330, 28796, 28243, 29425, 29327, 27574, 28889, 27268, 28135)
CHAMPIONS = (0.653, 0.737, 0.747, 0.749, 0.717, 0.716, 0.6502, 0.656, 0.704)
FROZEN = (0.653, 0.730, 0.727, 0.712, 0.690, 0.670, 0.650, 0.656, 0.704)
SERVING = (1, 1, 2, 3, 4, 5, 6, 6, 6)
RUNS = 19
CHAMPION_NUMBER = 6
COLUMNS = (
    ("dep_hour", "numeric"),
    ("temp", "numeric"),
    ("dewp", "numeric"),
    ("humid", "numeric"),
    ("wind_speed", "numeric"),
    ("pressure", "numeric"),
    ("visib", "numeric"),
    ("distance", "numeric"),
    ("seats", "numeric"),
    ("plane_age", "numeric"),
    ("carrier", "categorical"),
    ("origin", "categorical"),
    ("dest", "categorical"),
    ("dow", "categorical"),
)
IMPORTANCE = (0.24, 0.11, 0.09, 0.07, 0.06, 0.08, 0.05, 0.06, 0.03, 0.04, 0.08, 0.03, 0.05, 0.01)


def month(number: int) -> tuple[datetime, datetime]:
    start = datetime(2013, number, 1, 5, tzinfo=UTC)
    end = datetime(2013 + number // 12, number % 12 + 1, 1, 4, tzinfo=UTC)
    return start, end


def column_profile(name: str, kind: str, shift: float = 0.0) -> ColumnProfile:
    draw = random.Random(name)
    if kind == "numeric":
        values = sorted(draw.gauss(50 + shift, 12 + len(name)) for _ in range(4096))
        edges = tuple(values[index * 16] for index in range(1, 256))
        return ColumnProfile(
            name=name,
            kind=ColumnKind.NUMERIC,
            rows=28_135,
            nulls=draw.choice((0, 0, 12, 930)),
            distinct=draw.randint(20, 900),
            minimum=values[0],
            maximum=values[-1],
            mean=50.2 + shift,
            std=12.9,
            edges=edges,
            counts=(110,) * 256,
        )
    names = {"carrier": "UA B6 EV DL AA MQ US 9E WN VX", "origin": "EWR JFK LGA"}.get(
        name, "ATL ORD LAX 서울 BOS MCO CLT SFO FLL MIA DCA"
    )
    values = tuple(names.split())
    counts = tuple(int(9000 / (index + 1.5)) for index in range(len(values)))
    return ColumnProfile(
        name=name,
        kind=ColumnKind.CATEGORICAL,
        rows=28_135,
        nulls=0,
        distinct=len(values),
        values=values,
        value_counts=counts,
        other=120,
    )


def profile(shift: float = 0.0) -> Profile:
    return Profile(
        rows=28_135, columns=tuple(column_profile(name, kind, shift) for name, kind in COLUMNS)
    )


def checks(number: int) -> tuple[CheckResult, ...]:
    rows = MONTHS[number - 1]

    def one(check: str, column: str | None, limit: str, failed: int = 0, **rest) -> CheckResult:
        return CheckResult(
            check=check,
            column=column,
            passed=failed == 0,
            on_fail=rest.get("on_fail", OnFail.BLOCK),
            rows=rows,
            rows_failed=failed,
            value=rest.get("value"),
            limit=limit,
            examples=rest.get("examples", ()),
        )

    return (
        one("rows", None, "at least 1 000", value=float(rows)),
        one("flight_id unique", "flight_id", "no duplicates"),
        one("carrier not null", "carrier", "no nulls"),
        one("carrier categories", "carrier", "at most 40", value=16.0),
        one("distance min 0", "distance", "at least 0"),
        one(
            "distance max 4900",
            "distance",
            "at most 4 900",
            failed=57,
            on_fail=OnFail.WARN,
            examples=('{"flight_id": "HA51-2013-12-04", "distance": 4983}',),
        ),
        one("visib not null", "visib", "at most 5 % nulls", value=0.002),
    )


def column_drift(index: int, place: int) -> ColumnDrift:
    name, kind = COLUMNS[place]
    draw = random.Random(f"{name}{index}")
    season = abs(math.sin((index + 1) / 10.5 * math.pi))
    weather = name in {"temp", "dewp", "humid", "wind_speed"}
    effect = season * (0.72 if weather else 0.1) * draw.uniform(0.6, 1.0) + draw.uniform(0, 0.02)
    limit = {"temp": 0.41, "dewp": 0.38}.get(name, 0.1)
    verdict = DriftVerdict.DRIFT if effect >= limit else DriftVerdict.STABLE
    if verdict is DriftVerdict.STABLE and effect >= limit / 2:
        verdict = DriftVerdict.WARN
    return ColumnDrift(
        name=name,
        kind=ColumnKind(kind),
        verdict=verdict,
        effect=effect,
        p_value=1e-12 if effect > 0.04 else 0.2,
        p_adjusted=2e-11 if effect > 0.04 else 0.41,
        limit=limit,
        limit_source="calibrated" if limit > 0.1 else "default",
        rows=MONTHS[index + 3],
        psi=effect**2 * 2.4,
        wasserstein=effect * 1.3 if kind == "numeric" else None,
        jensen_shannon=effect * 0.8,
        null_share_reference=0.003,
        null_share=0.005,
        new_value_share=0.0,
        importance=IMPORTANCE[place],
    )
