"""The part of the results page that another command writes."""

import pytest

from bench.accuracy.behaviour_page import BEGIN, END, put, section_of
from bench.accuracy.behaviour_page import PAGE as PUBLISHED

PAGE = f"# Results\n\n{BEGIN}\nold\n{END}\n\n## metro\n"


def test_a_section_is_replaced_and_nothing_else() -> None:
    page = put(PAGE, "\n## new\n\nwords\n")
    assert page == PAGE.replace("old", "## new\n\nwords")
    assert section_of(page) == "## new\n\nwords"
    assert put(page, section_of(page)) == page


def test_a_page_without_a_place_for_it() -> None:
    assert section_of("# Results\n") == ""
    with pytest.raises(ValueError, match="lacks the marks"):
        put("# Results\n", "words")


def test_the_page_and_its_template_have_a_place_for_it() -> None:
    assert BEGIN in PUBLISHED.read_text(encoding="utf-8")
    template = PUBLISHED.parents[1] / "bench" / "accuracy" / "results.template.md"
    assert "$behaviours" in template.read_text(encoding="utf-8")
