from __future__ import annotations

import pytest

from tests.engines.export import zoo, zoo_document

ANIMALS = zoo.animals()
TOLD = zoo_document.told(zoo_document.PATH.read_text())


@pytest.mark.slow
@pytest.mark.parametrize("animal", ANIMALS, ids="-".join)
def test_every_estimator_is_exported_exactly_or_refused_as_the_documentation_says(animal):
    found = zoo.outcome(animal)

    assert found.word != "wrong", found.reason
    assert (found.word, zoo_document.remark(found)) == TOLD[animal]


def test_the_documentation_tells_of_every_estimator_and_of_no_other():
    assert set(TOLD) == set(ANIMALS)


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_nine_of_ten_estimators_that_predict_have_a_graph(kind):
    words = [word for (of, _), (word, _) in TOLD.items() if of == kind]

    assert 1 - words.count("refused") / len(words) >= 0.9
