import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.accuracy import review_cost
from secondsight.brain.prompts.image_tokens import (
    FLOOR,
    Rule,
    cells,
    fit,
    grid,
    rule_of,
    scaled,
    spread,
    tiles,
)
from tests.conftest import ROOT
from tests.table import table

MODELS = ["Qwen/Qwen3-VL-8B-Instruct", "qwen2.5vl:7b", "gpt-4o-mini", "gemma3:4b"]
_SIDES = st.integers(1, 5000)
_SIZES = st.tuples(_SIDES, _SIDES).filter(lambda size: max(size) <= 200 * min(size))


@table(
    ("model", "size", "tokens"),
    [
        # 768x432 -> 756x420 pixels -> 27x15 cells of 28 pixels, and two marks
        ("Qwen/Qwen2.5-VL-7B-Instruct", (768, 432), 27 * 15 + 2),
        ("qwen2.5vl:7b", (1920, 1080), 69 * 39 + 2),
        ("qwen-vl-max", (28, 28), 4 + 2),
        ("Qwen2-VL-2B", (6000, 4000), 156 * 104 + 2),
        ("Qwen/Qwen3-VL-8B-Instruct", (768, 432), 24 * 14 + 2),
        ("qwen3-vl:4b", (100, 100), 8 * 8 + 2),
        ("gpt-4o", (1024, 1024), 85 + 4 * 170),
        ("gpt-4o", (512, 512), 85 + 170),
        ("gpt-4o-mini", (2048, 4096), 85 + 6 * 170),
        ("some-vl", (768, 432), 27 * 15 + 2),
    ],
)
def test_tokens_of_one_picture(model: str, size: tuple[int, int], tokens: int) -> None:
    assert rule_of(model)(*size) == tokens


@pytest.mark.parametrize(
    ("cell", "least", "most"), [(28, 3136, 12845056), (32, 65536, 16777216), (28, 3136, 1003520)]
)
def test_cells_are_those_of_the_library(cell: int, least: int, most: int) -> None:
    """The same sizes as `smart_resize` gives, written out here from its rule in exact arithmetic."""
    for width in (1, 20, 200, 431, 432, 777, 1280, 1919, 3840):
        for height in (20, 113, 432, 1080, 2160):
            if max(width, height) > 200 * min(width, height):
                continue
            columns, rows = grid(width, height, cell=cell, least=least, most=most)
            area = columns * rows * cell * cell
            assert least <= area <= most
            if least <= round(width / cell) * round(height / cell) * cell**2 <= most:
                assert (columns, rows) == (round(width / cell), round(height / cell))
            assert cells(width, height, cell=cell, least=least, most=most) == columns * rows + 2


@given(_SIZES, st.sampled_from([28, 32]))
def test_the_shape_stays_within_one_cell(size: tuple[int, int], cell: int) -> None:
    width, height = size
    columns, rows = grid(width, height, cell=cell, least=65536, most=16777216)
    scale = (columns * cell / width * rows * cell / height) ** 0.5
    # Both sides are rounded to cells: each may be one off from what one common scale would give.
    low, high = (columns - 1) * cell / width, (columns + 1) * cell / width
    assert low <= (rows + 1) * cell / height
    assert high >= (rows - 1) * cell / height
    assert scale > 0


@given(
    st.lists(_SIZES, min_size=1, max_size=8),
    st.data(),
    st.integers(1, 8),
    st.integers(64, 2000),
    st.integers(256, 20_000),
    st.sampled_from([rule_of(model) for model in MODELS]),
)
def test_a_fit_is_never_above_the_budget_and_never_without_the_picture_of_the_mark(
    sizes: list[tuple[int, int]], data: st.DataObject, most: int, side: int, budget: int, rule: Rule
) -> None:
    keep = data.draw(st.integers(0, len(sizes) - 1))
    fitted = fit(sizes, keep, most, side, budget, rule)
    sent = [scaled(*sizes[position], fitted.side) for position in fitted.shown]
    assert fitted.tokens == sum(rule(*size) for size in sent) <= budget
    assert keep in fitted.shown
    assert list(fitted.shown) == sorted(set(fitted.shown))
    assert 1 <= len(fitted.shown) <= most
    assert fitted.side <= side
    assert len(fitted.shown) == 1 or fitted.side >= min(side, FLOOR)
    for (width, height), (before, _) in zip(sent, (sizes[p] for p in fitted.shown), strict=True):
        assert width <= before
        assert max(width, height) <= fitted.side


@given(_SIZES, st.integers(1, 4096))
def test_a_scaled_picture_keeps_its_shape_within_a_pixel(size: tuple[int, int], side: int) -> None:
    width, height = scaled(*size, side)
    factor = min(1.0, side / max(size))
    assert abs(width - size[0] * factor) <= 1
    assert abs(height - size[1] * factor) <= 1


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_spread_keeps_what_it_must(count: int, most: int, data: st.DataObject) -> None:
    keep = data.draw(st.integers(0, count - 1))
    chosen = spread(count, most, keep)
    assert keep in chosen
    assert len(set(chosen)) == min(count, most)
    assert list(chosen) == sorted(chosen)


def test_pictures_become_smaller_before_one_is_left_out() -> None:
    sizes, rule = [(1920, 1080)] * 6, rule_of("qwen2.5vl")
    assert fit(sizes, 2, 6, 768, 8192, rule).side == 768
    smaller = fit(sizes, 2, 6, 768, 1200, rule)
    assert (len(smaller.shown), smaller.side) == (6, 512)
    # Qwen3-VL makes any picture at least 64 cells: then only leaving some out helps.
    fewer = fit(sizes, 2, 6, 768, 256, rule_of("qwen3-vl"))
    assert (fewer.shown, fewer.side, fewer.tokens) == ((0, 2, 5), 368, 3 * (12 * 6 + 2))
    with pytest.raises(ValueError, match="no pictures"):
        fit([], 0, 6, 768, 8192, rule)


def test_the_table_of_costs_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["review_cost"])
        review_cost.main()
    manual = (ROOT / "docs" / "brain.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out in manual, "paste what `python -m bench review_cost` prints"


def test_a_model_by_tiles_counts_them() -> None:
    assert tiles(768, 432) == 85 + 2 * 170
