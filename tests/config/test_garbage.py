"""Whatever stands in the file, it is a Config or a list of mistakes."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Callable, Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.config.test_reading import FLIGHTS
from workbench import config
from workbench.config import reading
from workbench.errors import ConfigInvalid

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text()
    | st.datetimes()
)
words = st.sampled_from(
    ["project", "name", "datasets", "checks", "columns", "in", "min", "models", "gate", "recipes"]
)
keys = words | st.text(max_size=8)
garbage = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def paths(values: dict[str, object], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from paths(value, (*above, key))


VALID = tomllib.loads(FLIGHTS)
PLACES = list(paths(VALID))


def is_config_or_mistakes(reads: Callable[[], config.Config]) -> bool:
    try:
        return isinstance(reads(), config.Config)
    except ConfigInvalid as invalid:
        return all(re.match(r"\S+: .", line) for line in invalid.problem.split("\n"))


@given(st.dictionaries(keys, garbage, max_size=5))
def test_any_tables_are_a_config_or_mistakes(values):
    assert is_config_or_mistakes(lambda: reading.build(values, file="f"))


@settings(max_examples=400)
@given(st.sampled_from(PLACES), garbage, st.none() | keys)
def test_a_valid_file_with_garbage_anywhere_is_a_config_or_mistakes(place, value, new_key):
    values = copy.deepcopy(VALID)
    table = values
    for key in place[:-1]:
        table = table[key]
    table[place[-1] if new_key is None else new_key] = value

    assert is_config_or_mistakes(lambda: reading.build(values, file="f"))


@given(st.text() | st.text(alphabet='[]{}="\n.ab1#,'))
def test_any_text_is_a_config_or_mistakes(text):
    assert is_config_or_mistakes(lambda: config.parse(text, file="f"))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_config_or_mistakes(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "garbage.toml"
    path.write_bytes(content)

    assert is_config_or_mistakes(lambda: config.read(path))
