"""What answers questions is made once for a site as it is."""

from pathlib import Path
from typing import Any

from secondsight.config import make_site
from secondsight.serve.site import KeptQuestions


def test_it_is_made_anew_where_site_environment_or_account_are_others() -> None:
    made: list[tuple[Any, ...]] = []

    def make(*given: Any) -> Any:
        made.append(given)
        return object()

    kept = KeptQuestions()
    site, other = (make_site({"cameras": {"hall": {"source": "x.mp4"}}}, Path()) for _ in range(2))
    first = kept.get(site, {"KEY": "a"}, None, make)
    assert kept.get(site, {"KEY": "a"}, None, make) is first
    assert kept.get(site, {"KEY": "b"}, None, make) is not first
    kept.get(other, {"KEY": "b"}, None, make)
    account: Any = object()
    assert kept.get(other, {"KEY": "b"}, account, make) is kept.get(other, {"KEY": "b"}, account, make)
    assert [given[0] for given in made] == [site, site, other, other]
