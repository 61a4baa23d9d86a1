"""The brain's section: its backend chooses the keys; what is said of mistakes, also of those of a panel's members."""

from pathlib import Path

import pytest

from secondsight.config import (
    ClipBrainSettings,
    NoBrainSettings,
    OpenAIBrainSettings,
    PanelBrainSettings,
    load_site,
    make_site,
)
from secondsight.config.sections.brain import BUILT_IN, settings_class
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
    assert isinstance(brain, PanelBrainSettings)
    assert list(brain.members) == ["small", "large"]
    small, large = brain.asked
    assert isinstance(small, ClipBrainSettings)
    assert isinstance(large, OpenAIBrainSettings)
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
        ("      backend: clip\n", "", 5, "brain.members.small.backend", "needs a `backend` of its own"),
        ("[0.1, 0.9]", "[0.9, 0.1]", 8, "brain.members.small.guard.band", "the lower one first"),
        ("opposite: band", "opposite: bnad", 8, "brain.members.small.guard.opposite", "did you mean `band`"),
        (
            "backend: panel",
            "backend: vote",
            3,
            "brain.backend",
            "built in: none, openai, clip, transformers, queue, panel",
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
    assert mistake.line == line


def test_a_budget_of_money_needs_the_prices_of_every_member_that_costs(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"needs `brain\.price_in`"):
        load_site(written(tmp_path, PANEL + "budget: {money_per_day: 3}\n"), {})
    priced = PANEL + "      price_in: 0.5\nbudget: {money_per_day: 3}\n"
    assert load_site(written(tmp_path, priced), {}).budget.money_per_day == 3


MISTAKES: list[tuple[str, list[tuple[int, str, str]]]] = [
    (
        "backend: clip\n  model: city-clip\n  base_url: http://localhost:8000/v1",
        [(5, "brain.base_url", "`base_url` belongs to backend `openai`; this brain is `clip`")],
    ),
    (
        "base_url: http://localhost:8000/v1\n  model: qwen",
        [
            (3, "brain.base_url", "`base_url` belongs to backend `openai`; this brain is `none`"),
            (
                4,
                "brain.model",
                "`model` belongs to backends `openai`, `clip`, `transformers`; this brain is `none`",
            ),
        ],
    ),
    (
        "backend: openai\n  base_url: http://localhost/v1\n  model: qwen\n  accept: 0.7\n  device: cpu",
        [
            (6, "brain.accept", "`accept` belongs to backend `clip`; this brain is `openai`"),
            (7, "brain.device", "`device` belongs to backend `transformers`; this brain is `openai`"),
        ],
    ),
    (
        "backend: clip\n  mode: vote",
        [
            (
                2,
                "brain.model",
                "backend `clip` needs this key: city-clip, or a folder such as ./clip-vit-base",
            ),
            (4, "brain.mode", "`mode` belongs to backend `panel`; this brain is `clip`"),
        ],
    ),
    (
        "backend: none\n  options: {least: 1}",
        [(4, "brain.options", "`options` belongs to backends of other packages; this brain is `none`")],
    ),
    (
        "backend: transfomers\n  model: x\n  timeout: soon",
        [
            (3, "brain.backend", "not a choice here; did you mean `transformers`? (installed from other"),
            (5, "brain.timeout", "not a duration"),
        ],
    ),
    ("backend: [clip]", [(3, "brain.backend", "expected text")]),
    (
        "backend: openai\n  model: ''",
        [
            (2, "brain.base_url", "backend `openai` needs this key: such as http://localhost:8000/v1"),
            (4, "brain.model", "backend `openai` needs this key: as the endpoint calls it"),
        ],
    ),
    (
        "backend: transformers",
        [(2, "brain.model", "backend `transformers` needs this key: a folder, or a name on")],
    ),
    ("backend: panel", [(2, "brain.members", "backend `panel` needs this key: two or more brains by name")]),
    (
        "backend: panel\n  members:\n    a: {backend: clip, model: x}",
        [(4, "brain.members", "a panel needs at least two members")],
    ),
    (
        "backend: panel\n  members:\n    a: {backend: clip, model: x}\n    b: {backend: panel}",
        [(6, "brain.members.b.backend", "a member of a panel needs a `backend` of its own, and no panel")],
    ),
    (
        "backend: panel\n  members:\n    a: {backend: clip, video: true}\n    b: {backend: clp}",
        [
            (5, "brain.members.a.model", "backend `clip` needs this key"),
            (5, "brain.members.a.video", "`video` belongs to backend `openai`; this brain is `clip`"),
            (6, "brain.members.b.backend", "not a choice here; did you mean `clip`?"),
        ],
    ),
    ("backend: clip\n  model: x\n  accept: 0.3", [(2, "brain", "`reject` must be below `accept`")]),
    (
        "backend: openai\n  base_url: u\n  model: x\n  video: true\n  view: both",
        [(2, "brain", "`video` shows whole pictures only")],
    ),
    ("timout: 3s", [(3, "brain.timout", "unknown key; did you mean `timeout`?")]),
]


@pytest.mark.parametrize(("lines", "expected"), MISTAKES, ids=range(len(MISTAKES)))
def test_the_backend_says_which_keys_are_wrong_and_which_are_missing(
    tmp_path: Path, lines: str, expected: list[tuple[int, str, str]]
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_site(written(tmp_path, f"cameras: {{a: {{source: x}}}}\nbrain:\n  {lines}\n"), {})
    found = sorted((mistake.line or 0, mistake.key or "", mistake.problem) for mistake in caught.value.errors)
    assert [(line, key) for line, key, _ in found] == [(line, key) for line, key, _ in expected]
    for (_, _, problem), (_, _, said) in zip(found, expected, strict=True):
        assert problem.startswith(said)


def test_a_key_of_another_backend_may_stand_at_its_default(tmp_path: Path) -> None:
    """As it does in the first site file, which names every key."""
    text = "backend: clip, model: x, base_url: , profile: auto, band: [0.2, 0.8], members: {}, options: {}"
    brain = load_site(written(tmp_path, f"cameras: {{a: {{source: x}}}}\nbrain: {{{text}}}\n"), {}).brain
    assert brain == ClipBrainSettings(model="x")


def test_the_name_of_a_backend_chooses_its_class(tmp_path: Path) -> None:
    values: dict[str, object] = {"cameras": {"a": {"source": "x"}}}
    assert make_site(values, tmp_path).brain == NoBrainSettings()
    for name, kind in BUILT_IN.items():
        assert settings_class({"backend": name}) is kind
        assert kind.model_fields["backend"].default == name
    assert settings_class({"backend": "nobody-offers-this"}) is None
