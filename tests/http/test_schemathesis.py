"""What a stranger may send who has read the OpenAPI document: it is answered or refused, and never fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from storage.store import Store
from tests.http.inprocess import MODELS
from tests.http.project import CONFIG, make_project, promote, register, serving

pytestmark = pytest.mark.slow

STRICT = """unknown_category = "reject"
out_of_range = "reject"
"""
ASKED = {"late": None, "flat": MODELS["flat"], "when": MODELS["when"]}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module", params=["", STRICT], ids=["lenient", "strict"])
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    project = make_project(tmp_path_factory.mktemp("strangers"), CONFIG + request.param)
    _register(project)
    with serving(project) as found:
        yield found


@pytest.mark.parametrize("mode", list(GenerationMode), ids=["fitting", "unfitting"])
def test_no_request_makes_the_endpoint_fail(address, mode):
    document = schemathesis.openapi.from_url(f"{address}/schema")
    for found in document.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and operation.method == "get":
            continue  # it takes nothing that could be wrong

        @settings(
            max_examples=8,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            case.call_and_validate(checks=CHECKS)

        ask()


def _register(project: Path) -> None:
    store = Store.open(project, program="test")
    for model, signature in ASKED.items():
        options = {} if signature is None else {"signature": signature}
        promote(store, register(store, model=model, **options))
    store.close()
