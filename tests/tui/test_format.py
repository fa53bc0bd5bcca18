from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from workbench.tui.format import fit, fit_content

TEXT = st.text(st.sampled_from("ab 서울데이터é1…"), max_size=30)


@given(TEXT, st.integers(0, 40), st.sampled_from(["left", "right"]))
def test_a_fitted_text_is_as_wide_as_asked(text, width, align):
    assert cell_len(fit(text, width, align)) == width


@given(TEXT, st.integers(1, 40), st.sampled_from(["left", "right"]))
def test_fitted_content_is_never_wider_than_asked(text, width, align):
    assert fit_content(Content(text), width, align).cell_length == width
