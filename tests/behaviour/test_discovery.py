"""A behaviour is one file: found by its name, checked like any other, and loaded only where a rule names it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from secondsight.behaviour import make_behaviours, zones
from secondsight.config import behaviour_names, make_site, rule_settings
from secondsight.errors import ConfigError
from tests.behaviour.scene import INSIDE, T0, Being, look, play, times

APPEARING = '''
"""Appearing: somebody is seen anywhere for the first time."""

from typing import Literal

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.state.object_state import ObjectMonitor, nothing, present_in
from secondsight.config import Name, ObjectRule


class AppearingTwiceRule(ObjectRule):
    behaviour: Literal["appearing_twice"]
    zone: Name
    inertia: int = 2

    def make(self, scene: Scene) -> Behaviour:
        judge = present_in(scene.polygon)
        return ObjectMonitor(self, scene, judge, nothing, inertia=self.inertia, dwell=0.0)
'''


def site(**keys: Any) -> dict[str, Any]:
    rule = {"behaviour": "appearing_twice", "zone": "frame", **keys}
    return {"cameras": {"hall": {"source": "a"}}, "rules": {"watch": rule}}


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One more file in the folder of behaviours about zones."""
    (tmp_path / "appearing_twice.py").write_text(APPEARING, encoding="utf-8")
    monkeypatch.setattr(zones, "__path__", [*zones.__path__, str(tmp_path)])
    return tmp_path


def test_a_behaviour_is_added_by_one_file(added: Path) -> None:
    config = make_site(site(), added)
    (behaviour,) = make_behaviours("hall", config, "live")
    assert times(play(behaviour, [look(T0 + i / 5, Being(1, *INSIDE)) for i in range(3)])) == [(0, 1, None)]
    assert "appearing_twice" in behaviour_names()
    assert "appearing_twice" in rule_settings()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"inertai": 3}, ["rules.watch.inertai", "did you mean `inertia`?"]),
        ({"inertia": "many"}, ["rules.watch.inertia", "expected a whole number"]),
        ({"zone": "yard"}, ["rules.watch.zone", "no camera has a zone of this name"]),
        ({"behaviour": "appearing_twic"}, ["rules.watch.behaviour", "did you mean `appearing_twice`?"]),
    ],
)
def test_its_keys_are_checked(keys: dict[str, Any], words: list[str], added: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        make_site(site(**keys), added)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_file_without_its_settings_class_is_a_mistake_that_says_so(added: Path) -> None:
    (added / "nothing_there.py").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"`secondsight\.behaviour\.zones\.nothing_there` cannot be loaded"):
        make_site(site(behaviour="nothing_there"), added)


def test_every_name_has_its_settings() -> None:
    found = rule_settings()
    assert set(found) <= set(behaviour_names())
    assert len(found) >= 32
    for name, settings in found.items():
        assert settings.model_fields["behaviour"].annotation.__args__ == (name,), name  # type: ignore[union-attr]


def test_a_site_loads_only_what_its_rules_name(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from secondsight.config import make_site\n"
        "assert 'numpy' not in sys.modules, 'the configuration alone needs no numpy'\n"
        "rules = {'r': {'behaviour': 'intrusion', 'zone': 'frame'}}\n"
        "make_site({'cameras': {'hall': {'source': 'a'}}, 'rules': rules}, Path())\n"
        "assert 'secondsight.behaviour.zones.intrusion' in sys.modules\n"
        "for name in ('secondsight.behaviour.people.fall', 'supervision', 'cv2', 'scipy'):\n"
        "    assert name not in sys.modules, name\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
