"""What follows for the second look from a site file as a whole."""

from pathlib import Path
from typing import Any

import pytest

from secondsight.config import make_site
from secondsight.site.services.review_service import merging

OPENAI = {"backend": "openai", "base_url": "http://localhost:1/v1", "model": "m"}
NEVER = {"guard": {"opposite": "never"}}
CLIP = {"backend": "clip", "model": "city-clip"}


@pytest.mark.parametrize(
    ("brain", "kinds"),
    [
        (OPENAI, False),
        ({**OPENAI, **NEVER}, True),
        (CLIP, True),
        ({"backend": "panel", "members": {"a": CLIP, "b": OPENAI}}, False),
        ({"backend": "panel", "members": {"a": CLIP, "b": {**OPENAI, **NEVER}}}, True),
    ],
    ids=["guarded", "unguarded", "clip", "one member guarded", "no member guarded"],
)
def test_other_kinds_share_a_review_only_where_no_opposite_is_asked(
    brain: dict[str, Any], kinds: bool, tmp_path: Path
) -> None:
    site = make_site({"cameras": {"hall": {"source": "a.mp4"}}, "brain": brain}, tmp_path)
    assert merging(site).kinds is kinds
    assert merging(site).window == site.budget.merge.window
