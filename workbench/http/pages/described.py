"""What is served, described: models, who answers for them, and what their versions take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from storage.records import InputColumn, Signature
from workbench.core.doubts import Rules
from workbench.http.pages.examples import example
from workbench.services.routes import Routes
from workbench.services.served import Served

MOST_CATEGORIES = 1000
"""Categories of one column that are written out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedModel:
    """One model that is served."""

    name: str
    answers: tuple[tuple[str, int, Served], ...]
    """Alias, weight and version of those that share its requests out, the champion first."""
    shadows: tuple[Served, ...]
    sticky: str
    """What keeps a caller with one version: `column:flight`, `header:x-user`; empty: chance alone."""
    versions: Mapping[int, Served]
    """All that can be asked by their number."""

    @property
    def champion(self) -> Served:
        """Who answers where no other does."""
        return self.answers[0][2]

    @property
    def answering(self) -> tuple[Served, ...]:
        """Versions that a request without a number may meet, each once."""
        met = {served.version.number: served for _, weight, served in self.answers if weight}
        return tuple(met.values())


def models_of(routes: Routes) -> tuple[DescribedModel, ...]:
    """The models that are served, by name."""
    numbered: dict[str, dict[int, Served]] = {}
    for (name, number), served in sorted(routes.versions.items(), key=lambda item: item[0]):
        numbered.setdefault(name, {})[number] = served
    return tuple(
        DescribedModel(
            name=name,
            answers=tuple((share.alias, share.weight, share.served) for share in plan.answers),
            shadows=plan.shadows,
            sticky=f"{plan.sticky.kind}:{plan.sticky.name}" if plan.sticky else "",
            versions=numbered.get(name, {}),
        )
        for name, plan in sorted(routes.plans.items())
    )


def described(routes: Routes, rules: Rules) -> dict[str, Any]:
    """All of it, for programs and for the page."""
    return {
        "models": [_model(one) for one in models_of(routes)],
        "rules": {
            "unknown_category": rules.unknown_category,
            "out_of_range": rules.out_of_range,
            "extra_column": rules.extra_column,
        },
        "problems": list(problems_of(routes)),
    }


def problems_of(routes: Routes) -> tuple[str, ...]:
    """Why not everything is served that should be."""
    reasons = [refusal.reason for refusal in routes.refused.values()]
    return tuple(dict.fromkeys([*reasons, *([routes.unready] if routes.unready else [])]))


def _model(one: DescribedModel) -> dict[str, Any]:
    total = sum(weight for _, weight, _ in one.answers) or 1
    return {
        "name": one.name,
        "sticky": one.sticky or None,
        "answers": [
            {
                "alias": alias,
                "version": served.version.number,
                "weight": weight,
                "share": weight / total,
            }
            for alias, weight, served in one.answers
        ],
        "shadows": [{"version": served.version.number} for served in one.shadows],
        "versions": [
            {"version": number, **_signature(served.version.signature)}
            for number, served in one.versions.items()
        ],
    }


def _signature(signature: Signature) -> dict[str, Any]:
    return {
        "task": signature.task,
        "classes": list(signature.classes),
        "key": list(signature.key),
        "inputs": [_input(column) for column in signature.inputs],
    }


def _input(column: InputColumn) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": "moment" if column.is_moment else column.type.value,
        "nullable": column.nullable,
        "minimum": column.minimum,
        "maximum": column.maximum,
        "categories": list(column.categories[:MOST_CATEGORIES]),
        "category_count": len(column.categories),
        "example": example(column),
    }
