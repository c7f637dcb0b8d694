"""Paragraphs and their translations: by order and length."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.alignment import align

SHORT, MIDDLE, LONG = "a short line.", "a line that is of middle length, more or less.", "a long line. " * 12


def shown(source: Sequence[str], target: Sequence[str]) -> list[tuple[list[int], list[int]]]:
    return [(list(one), list(other)) for one, other in align(source, target)]


@pytest.mark.parametrize(
    ("source", "target", "beads"),
    [
        ([SHORT], [SHORT], [([0], [0])]),
        ([SHORT, LONG, MIDDLE], [MIDDLE, LONG, MIDDLE], [([0], [0]), ([1], [1]), ([2], [2])]),
        ([SHORT, LONG + MIDDLE, SHORT], [SHORT, LONG, MIDDLE, SHORT], [([0], [0]), ([1], [1, 2]), ([2], [3])]),
        ([MIDDLE, MIDDLE, LONG], [MIDDLE + MIDDLE, LONG], [([0, 1], [0]), ([2], [1])]),
        ([LONG, LONG, LONG, LONG], [LONG * 2, LONG * 2], [([0, 1], [0]), ([2, 3], [1])]),
    ],
)
def test_paragraph_by_paragraph(source: list[str], target: list[str], beads: list[tuple[list[int], list[int]]]) -> None:
    assert shown(source, target) == beads


def test_a_whole_stands_for_a_whole_where_paragraphs_do_not_align() -> None:
    assert shown([SHORT, LONG, SHORT, LONG, SHORT], [LONG + LONG + SHORT]) == [([0, 1, 2, 3, 4], [0])]


@pytest.mark.parametrize("target", [[], [""], [SHORT], [LONG * 40]])
def test_texts_of_very_different_length_are_no_translations(target: list[str]) -> None:
    assert shown([LONG, LONG], target) == []


def test_an_ideograph_says_as_much_as_two_letters() -> None:
    assert shown(["We help families in need."], ["我們幫助有需要的家庭"]) == [([0], [0])]


@settings(deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=40), max_size=8), st.lists(st.text(max_size=40), max_size=8))
def test_every_paragraph_is_in_one_bead_or_in_none_and_order_is_kept(source: list[str], target: list[str]) -> None:
    beads = align(source, target)
    for side, texts in ((0, source), (1, target)):
        said = [n for bead in beads for n in bead[side]]
        assert said == (list(range(len(texts))) if beads else [])


def test_time_does_not_grow_with_the_square() -> None:
    assert len(align([SHORT] * 5000, [SHORT] * 5000)) == 1
