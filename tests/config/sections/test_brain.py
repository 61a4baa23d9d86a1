"""The brain's section where it holds others: the members of a panel, and what is told of their mistakes."""

from pathlib import Path

import pytest

from secondsight.config import load_site
from secondsight.errors import ConfigError
from tests.config.sample import written
from tests.table import table

PANEL = """\
cameras: {a: {source: x}}
brain:
  backend: panel
  members:
    small:
      backend: clip
      model: ./clip
      guard: {opposite: band, band: [0.1, 0.9]}
    large:
      backend: openai
      base_url: http://localhost:8000/v1
      model: qwen
      api_key_file: key.txt
"""


def test_members_are_brains_in_order_with_paths_of_the_files_own_folder(tmp_path: Path) -> None:
    brain = load_site(written(tmp_path, PANEL), {}).brain
    assert list(brain.members) == ["small", "large"]
    small, large = brain.asked
    assert (small.model, small.guard.band) == (str(tmp_path / "clip"), (0.1, 0.9))
    assert large.api_key_file == tmp_path / "key.txt"
    assert small.asked == (small,)


@table(
    ("old", "new", "line", "key", "problem"),
    [
        (
            "      model: qwen\n",
            "      mdel: qwen\n",
            12,
            "brain.members.large.mdel",
            "did you mean `model`",
        ),
        ("backend: openai", "backend: opnai", 10, "brain.members.large.backend", "did you mean `openai`"),
        ("      backend: clip\n", "", 5, "brain", "needs a `backend` of its own"),
        ("[0.1, 0.9]", "[0.9, 0.1]", 8, "brain.members.small.guard.band", "the lower one first"),
        ("opposite: band", "opposite: bnad", 8, "brain.members.small.guard.opposite", "did you mean `band`"),
        (
            "backend: panel",
            "backend: vote",
            3,
            "brain.backend",
            "built in: none, openai, clip, transformers, panel",
        ),
    ],
)
def test_a_members_mistake_is_told_where_it_stands(
    tmp_path: Path, old: str, new: str, line: int, key: str, problem: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_site(written(tmp_path, PANEL.replace(old, new)), {})
    (mistake,) = caught.value.errors
    assert mistake.key == key
    assert problem in mistake.problem
    assert mistake.line == line or key == "brain"


def test_a_budget_of_money_needs_the_prices_of_every_member_that_costs(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"needs `brain\.price_in`"):
        load_site(written(tmp_path, PANEL + "budget: {money_per_day: 3}\n"), {})
    priced = PANEL + "      price_in: 0.5\nbudget: {money_per_day: 3}\n"
    assert load_site(written(tmp_path, priced), {}).budget.money_per_day == 3
