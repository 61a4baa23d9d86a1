"""Search by words: the likest picture first, each picture embedded once, and nothing of other cameras."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from secondsight.brain import make_embedder
from secondsight.errors import ConfigError
from secondsight.find import find_events
from secondsight.find.index import FOLDER
from secondsight.records import Action, Box, KeyFrame
from secondsight.store import AttachClip, OpenCandidate, Store
from tests.store.samples import candidate, decision

NAMES = ("red", "green", "blue")


class Colours:
    """Embeds pictures by their mean colour, and the words for colours as those colours."""

    name, side = "colours", 8

    def __init__(self) -> None:
        self.looked = 0

    def words(self, text: str) -> np.ndarray:
        return np.array([float(name in text) for name in NAMES], np.float32)

    def pictures(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        means = np.stack([np.asarray(one, np.float32).mean(axis=(0, 1))[::-1] for one in pictures])
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)

    def parts(self, jpeg: bytes, boxes: Sequence[Box | None]) -> np.ndarray:
        self.looked += 1
        picture = np.asarray(Image.open(BytesIO(jpeg)), np.float32) / 255
        height, width, _ = picture.shape
        cut = [
            picture
            if box is None
            else picture[
                int(box.y1 * height) : int(box.y2 * height), int(box.x1 * width) : int(box.x2 * width)
            ]
            for box in boxes
        ]
        means = np.stack([part.reshape(-1, 3).mean(axis=0) for part in cut])
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def add(
    store: Store,
    data: Path,
    id: str,
    colour: tuple[int, int, int],
    *,
    at: float = 990.0,
    camera: str = "hall",
) -> None:
    """An event with a grey picture, in whose upper left quarter somebody wears a colour."""
    picture = Image.new("RGB", (80, 60), (90, 90, 90))
    picture.paste(colour, (0, 0, 40, 30))
    path = f"frames/1970-01-01/{id}/0.jpg"
    (data / path).parent.mkdir(parents=True, exist_ok=True)
    picture.save(data / path, quality=95)
    store.apply([OpenCandidate(candidate(id, triggered=at, camera=camera), decision(Action.ACCEPT))])
    frame = KeyFrame(path, at, Box(0.5, 0.5, 1, 1), (("person", Box(0.02, 0.02, 0.48, 0.48)),))
    store.apply([AttachClip(id, None, (frame,), None)])


def test_the_likest_comes_first_with_its_place(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path, "r", (220, 10, 10))
    add(store, tmp_path, "g", (10, 220, 10))
    first, second = find_events("somebody in red", store, tmp_path, Colours())
    assert (first.event.id, second.event.id) == ("r", "g")
    assert first.box == pytest.approx((0.02, 0.02, 0.48, 0.48), abs=1e-6)
    assert first.score > second.score + 0.2


def test_each_picture_is_embedded_once_and_new_ones_are_added(store: Store, tmp_path: Path) -> None:
    model = Colours()
    add(store, tmp_path, "r", (220, 10, 10))
    for _ in range(2):
        find_events("red", store, tmp_path, model)
    assert model.looked == 1
    add(store, tmp_path, "b", (10, 10, 220))
    assert find_events("blue", store, tmp_path, model)[0].event.id == "b"
    assert model.looked == 2


def test_time_cameras_and_number_limit_what_is_found(store: Store, tmp_path: Path) -> None:
    for number, camera in enumerate(("hall", "yard", "hall")):
        add(store, tmp_path, f"e{number}", (220, 10, 10), at=100.0 * (number + 1), camera=camera)
    model = Colours()
    assert {one.event.id for one in find_events("red", store, tmp_path, model, since=100.0, until=300.0)} == {
        "e0",
        "e1",
    }
    assert [one.event.id for one in find_events("red", store, tmp_path, model, cameras=["yard"])] == ["e1"]
    assert find_events("red", store, tmp_path, model, cameras=[]) == []
    assert len(find_events("red", store, tmp_path, model, limit=2)) == 2


def test_a_broken_index_is_made_anew_and_a_lost_picture_is_left_out(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path, "r", (220, 10, 10))
    add(store, tmp_path, "g", (10, 220, 10))
    find_events("red", store, tmp_path, Colours())
    (file,) = (tmp_path / FOLDER).rglob("*.npz")
    file.write_bytes(b"half")
    (tmp_path / "frames/1970-01-01/g/0.jpg").unlink()
    assert [one.event.id for one in find_events("red", store, tmp_path, Colours())] == ["r"]


@pytest.mark.parametrize("text", ["", "  ", "x" * 301])
def test_a_text_that_says_nothing_is_refused(store: Store, tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="say in 1 to 300 characters"):
        find_events(text, store, tmp_path, Colours())


def test_the_model_of_the_city_embeds_and_says_which_words_it_knows() -> None:
    model = make_embedder("city-clip")
    jpeg = BytesIO()
    Image.new("RGB", (64, 48), (200, 0, 0)).save(jpeg, "JPEG")
    found = model.parts(jpeg.getvalue(), [None, Box(0.1, 0.1, 0.5, 0.9)])
    assert found.shape == (2, model.words("a person in red").shape[0])
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
    with pytest.raises(ConfigError, match="English"):
        model.words("穿红衣服的人")
