import pytest

from secondsight.errors import ModelError
from secondsight.sentinel.models.labels import named_labels, read_labels
from tests.table import table


@pytest.mark.parametrize(
    ("name", "count", "some"),
    [
        ("coco", 80, {0: "person", 2: "car", 16: "dog", 79: "toothbrush"}),
        ("coco-91", 91, {0: "background", 1: "person", 3: "car", 18: "dog", 44: "bottle", 90: "toothbrush"}),
        ("voc", 21, {0: "background", 7: "car", 15: "person", 20: "tvmonitor"}),
    ],
)
def test_published_lists(name, count, some):
    labels = read_labels(name)
    assert labels == named_labels(name)
    assert len(labels) == len(set(labels)) == count
    assert {position: labels[position] for position in some} == some


def test_both_coco_lists_name_the_same_classes_in_the_same_order():
    used = [name for name in named_labels("coco-91")[1:] if not name.startswith("unused")]
    assert used == list(named_labels("coco"))


@pytest.mark.parametrize(
    "content", ["hat\nno hat\n", "hat\r\nno hat\r\n", '["hat", "no hat"]', "hat\nno hat"]
)
def test_a_file_of_ones_own(tmp_path, content):
    path = tmp_path / "labels.txt"
    path.write_bytes(content.encode())
    assert read_labels(path) == read_labels(str(path)) == ("hat", "no hat")


@pytest.mark.parametrize(
    ("labels", "names"),
    [("hat, no hat", ("hat", "no hat")), ("person,", ("person",)), (["a", "b"], ("a", "b"))],
)
def test_names_themselves(labels, names):
    assert read_labels(labels) == names


@table(
    ("content", "words"),
    [
        ("hat\n\nhat 2", "empty name"),
        ("", "empty name"),
        ("hat\ncap\nhat", "`hat` twice"),
        ('["hat", ', "not a JSON list"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, content, words):
    path = tmp_path / "labels.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ModelError, match=words):
        read_labels(path)


def test_an_unknown_list_names_the_choices():
    with pytest.raises(ModelError, match="`coco`, `coco-91`, `voc`"):
        read_labels("cocoa")


@table(
    ("content", "words"),
    [
        ("x" * 20_000_000, "larger than 2 MB"),
        ("\n".join(map(str, range(30_000))), "30,000 class names"),
        ("hat\n" + "x" * 201, "longest of 201 characters"),
    ],
    ids=["a file", "names", "a name"],
)
def test_more_than_any_list_of_classes_is_refused(tmp_path, content, words):
    path = tmp_path / "labels.txt"
    path.write_text(content)
    with pytest.raises(ModelError, match=words):
        read_labels(path)


def test_a_list_longer_than_any_name_of_a_file_is_a_list() -> None:
    assert read_labels(",".join(f"class {number}" for number in range(80))) == tuple(
        f"class {number}" for number in range(80)
    )


def test_a_single_word_is_a_class_and_no_file():
    assert read_labels("face") == ("face",)
    with pytest.raises(ModelError, match=r"no such file exists"):
        read_labels("faces.txt")
