"""A site file is changed by a program: checked first, saved whole, kept, and brought back."""

import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from secondsight.clock import ManualClock
from secondsight.config import (
    SiteEdit,
    SiteFile,
    load_site,
    put_camera,
    put_ground,
    put_line,
    put_masks,
    put_rule,
    put_zone,
    remove_place,
)
from secondsight.errors import ConfigError, RefusedError, SecondSightError, StoreError

TEXT = """\
# The works.
cameras:
  hall:                       # the big one
    source: ${HALL_SOURCE}    # see .env
    zones:
      door:
        coordinates: [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]

rules:
  nobody:
    behaviour: intrusion
    zone: door
# the end
"""
SQUARE = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]
EDITS = [
    put_camera("yard", {"source": "rtsp://10.0.0.6/live", "description": "behind"}, new=True),
    put_camera("hall", {"description": 'the hall: "big" # 1'}),
    put_zone("hall", "gate", SQUARE),
    put_zone("hall", "door", SQUARE),
    put_line("hall", "step", [[0.1, 0.5], [0.9, 0.5]]),
    put_masks("hall", [SQUARE]),
    put_ground("hall", {"camera_height": 4, "tilt": 20, "fov": 90}),
    put_rule("waiting", {"behaviour": "loitering", "zone": "door", "loitering_time": "30s"}, new=True),
    put_rule("nobody", {"behaviour": "intrusion", "zone": "frame"}),
    remove_place("rules", "nobody"),
]


@pytest.fixture
def file(tmp_path: Path) -> SiteFile:
    return made(tmp_path)


def made(folder: Path) -> SiteFile:
    (folder / "site.yaml").write_text(TEXT)
    (folder / ".env").write_text("HALL_SOURCE=rtsp://10.0.0.5/live")
    return SiteFile(folder / "site.yaml", ManualClock(), {})


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_holds_and_its_revert_gives_the_same_bytes(file: SiteFile, edit: SiteEdit) -> None:
    proposal = file.propose(edit)
    assert file.path.read_text() == TEXT  # nothing is made by proposing
    version = file.save(proposal, "ann")
    assert (version.number, version.author, version.what.split()[0]) == (2, "ann", edit.name)
    assert file.path.read_bytes() == proposal.data
    assert load_site(file.path, {}) == proposal.config
    assert "# the big one" in file.path.read_text()
    assert file.path.read_text().endswith("# the end\n")
    file.save(file.propose_revert(1), "ben")
    assert file.path.read_text() == TEXT
    assert [one.author for one in file.versions()] == ["", "ann", "ben"]
    assert file.diff_of(2)
    assert file.diff_by_hand() == ""


@given(order=st.lists(st.sampled_from(EDITS), min_size=1, max_size=4))
@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_any_series_of_edits_can_be_gone_back_to(tmp_path_factory: Any, order: list[SiteEdit]) -> None:
    file = made(tmp_path_factory.mktemp("site"))
    states = {}
    for edit in order:
        try:
            version = file.save(file.propose(edit), "ann")
        except RefusedError:
            continue
        states[version.number] = file.path.read_bytes()
    for number, data in states.items():
        if file.path.read_bytes() != data:
            file.save(file.propose_revert(number), "ann")
        assert file.path.read_bytes() == data


@pytest.mark.parametrize(
    ("edit", "key"),
    [
        (put_camera("yard", {"sauce": "x"}, new=True), "cameras.yard.sauce"),
        (put_camera("yard", {"source": "rtsp://a:\ud800b@10.0.0.5/x"}), None),
        (put_rule("\ud800", {"behaviour": "intrusion"}), None),
        (put_camera("../etc", {"source": "x"}, new=True), "cameras.../etc"),
        (put_camera("<script>", {"source": "x"}, new=True), "cameras.<script>"),
        (put_zone("hall", "gate", [[0, 0], [1, 1]]), "cameras.hall.zones.gate.coordinates"),
        (put_zone("hall", "frame", SQUARE), "cameras.hall.zones.frame"),
        (put_rule("x", {"behaviour": "intrution"}), "rules.x.behaviour"),
        (remove_place("cameras", "hall", "zones", "door"), "rules.nobody.zone"),
    ],
)
def test_what_is_wrong_is_said_with_key_and_line_and_nothing_is_written(
    file: SiteFile, edit: SiteEdit, key: str | None
) -> None:
    with pytest.raises(ConfigError) as raised:
        file.propose(edit)
    assert raised.value.key == key
    assert (raised.value.line is None) is (key is None)
    assert file.path.read_text() == TEXT


def test_places_that_are_not_there_or_taken_are_refused(file: SiteFile) -> None:
    for edit in (
        put_zone("yard", "x", SQUARE),
        remove_place("rules", "x"),
        remove_place("cameras", "hall", "lines", "x"),
    ):
        with pytest.raises(RefusedError, match="there is no"):
            file.propose(edit)
    with pytest.raises(RefusedError, match="there already"):
        file.propose(put_camera("hall", {"source": "x"}, new=True))


def test_a_password_goes_into_env_and_is_never_shown(file: SiteFile) -> None:
    address = "rtsp://viewer:S3cret'99@10.0.0.7/live"
    for name, variable in (("yard-2", "YARD_2_SOURCE"), ("hall", "HALL_SOURCE_2")):
        proposal = file.propose(put_camera(name, {"source": address}))
        assert "S3cret" not in repr(proposal)
        assert f"+    source: ${{{variable}}}" in proposal.diff
        file.save(proposal, "ann")
        assert load_site(file.path, {}).cameras[name].source.get_secret_value() == address
    env = file.path.parent / ".env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert env.read_text().startswith("HALL_SOURCE=rtsp://10.0.0.5/live\n")  # earlier versions still name it
    assert "S3cret" not in file.path.read_text()
    history = file.path.parent / ".site.yaml.history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o700
    assert all("S3cret" not in kept.read_text() for kept in history.iterdir())


def test_a_page_cannot_read_the_environment(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(TEXT)
    file = SiteFile(tmp_path / "site.yaml", ManualClock(), {"API_KEY": "k", "HALL_SOURCE": "x.mp4"})
    with pytest.raises(ConfigError, match="API_KEY"):
        file.propose(put_camera("hall", {"source": "rtsp://evil.example/${API_KEY}"}))
    with pytest.raises(ConfigError, match="API_KEY"):
        file.propose(put_camera("yard", {"source": "x.mp4", "description": "${API_KEY}"}))
    assert file.propose(put_camera("hall", {"source": "${HALL_SOURCE}", "description": "x"}))
    assert file.propose(put_camera("hall", {"source": "${API_KEY}"}), by_page=False)


def test_a_clear_password_beside_a_variable_is_refused(file: SiteFile) -> None:
    with pytest.raises(ConfigError, match="half"):
        file.propose(put_camera("hall", {"source": "rtsp://u:s3cretpw@10.0.0.5/${HALL_SOURCE}"}))


def test_a_hidden_password_is_not_saved_as_one(file: SiteFile) -> None:
    with pytest.raises(ConfigError, match="whole address"):
        file.propose(put_camera("hall", {"source": "rtsp://***@10.0.0.5/live"}))


def test_clear_secrets_of_the_file_do_not_show_in_differences(tmp_path: Path) -> None:
    secret = "q7Rr-Zz81pp"
    text = TEXT.replace("${HALL_SOURCE}    #", f"rtsp://u:{secret}@10.0.0.5/live #")
    (tmp_path / "site.yaml").write_text(text)
    file = SiteFile(tmp_path / "site.yaml", ManualClock(), {})
    file.save(file.propose(put_camera("hall", {"transport": "udp"})), "ann")
    assert secret not in file.diff_of(1) + file.diff_of(2)
    assert "10.0.0.5/live" in file.diff_of(1)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(file: SiteFile) -> None:
    first, second = file.propose(EDITS[0]), file.propose(EDITS[2])
    file.save(first, "ann")
    with pytest.raises(RefusedError, match="meanwhile"):
        file.save(second, "ben")
    with pytest.raises(RefusedError, match="nothing"):
        file.save(file.propose(put_camera("yard", {"description": "behind"})), "ben")


def test_of_many_who_save_at_once_one_succeeds(file: SiteFile) -> None:
    proposals = [file.propose(put_camera("hall", {"description": str(i)})) for i in range(4)]
    saved: list[int] = []

    def save(number: int) -> None:
        try:
            file.save(proposals[number], "ann")
        except RefusedError:
            return
        saved.append(number)

    threads = [threading.Thread(target=save, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(saved) == 1
    assert file.path.read_bytes() == proposals[saved[0]].data
    assert len(file.versions()) == 2


def test_edits_by_hand_are_kept_before_they_are_overwritten(file: SiteFile) -> None:
    file.save(file.propose(EDITS[0]), "ann")
    by_hand = file.path.read_text().replace("# The works.", "# The old works.")
    file.path.write_text(by_hand)
    assert "+# The old works." in file.diff_by_hand()
    file.save(file.propose_revert(1), "ann")
    assert [one.author for one in file.versions()] == ["", "ann", "", "ann"]
    file.save(file.propose_revert(3), "ann")
    assert file.path.read_text() == by_hand


def test_a_folder_that_cannot_be_written_is_said_so(file: SiteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = file.propose(EDITS[0])

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        file.save(proposal, "ann")
    assert file.path.read_text() == TEXT
    assert not list(file.path.parent.glob("**/*.part"))


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    made(real)
    (real / "site.yaml").chmod(0o640)
    (tmp_path / "site.yaml").symlink_to(real / "site.yaml")
    (tmp_path / ".env").symlink_to(real / ".env")
    file = SiteFile(tmp_path / "site.yaml", ManualClock(), {})
    file.save(file.propose(EDITS[1]), "ann")
    assert (tmp_path / "site.yaml").is_symlink()
    assert stat.S_IMODE((real / "site.yaml").stat().st_mode) == 0o640
    assert "big" in (real / "site.yaml").read_text()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(), max_size=20),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=6,
)


@given(
    name=st.text(st.characters(), min_size=1, max_size=10), values=st.dictionaries(st.text(max_size=8), JSON)
)
@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_whatever_is_sent_ends_in_a_proposal_or_an_error_of_ours(
    tmp_path_factory: Any, name: str, values: dict[str, Any]
) -> None:
    file = made(tmp_path_factory.mktemp("site"))
    for edit in (
        put_camera(name, {"source": "x", **values}),
        put_rule(name, values),
        put_zone("hall", name, values),
    ):
        with suppress(SecondSightError):
            file.propose(edit)
    assert file.path.read_text() == TEXT
