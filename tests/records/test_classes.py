"""Names of classes: what rules mean by them, whatever a model calls its classes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.records import GROUPS, Group, classes_named, groups_of
from tests.table import table

COCO = (
    "person",
    "bicycle",
    "car",
    "motorcycle",
    "bus",
    "truck",
    "backpack",
    "suitcase",
    "dog",
    "bed",
    "kite",
)
CROSSROAD = ("background", "person", "vehicle", "bike")
FRENCH = ("personne", "voiture")
FRENCH_GROUPS: tuple[Group, ...] = ("people", "vehicles")


@table(
    ("wanted", "labels", "meant"),
    [
        (("car", "truck"), COCO, {"car", "truck"}),
        (("vehicles",), COCO, {"car", "bus", "truck"}),
        (("vehicle",), COCO, {"car", "bus", "truck"}),
        (("bike",), COCO, {"bicycle", "motorcycle"}),
        (("motorbike",), COCO, {"motorcycle"}),
        (("pedestrian",), COCO, {"person"}),
        (("car", "truck", "bus", "motorcycle"), CROSSROAD, {"vehicle"}),
        (("bicycle",), CROSSROAD, {"bike"}),
        (("truck",), CROSSROAD, set()),
        (("motorcycle",), CROSSROAD, set()),
        (("backpack", "bags"), CROSSROAD, set()),
        (("person",), ("pedestrian", "rider", "car"), {"pedestrian", "rider"}),
        (("person",), ("person", "pedestrian"), {"person"}),
        (("lorries", "Buses"), ("truck", "bus"), {"truck", "bus"}),
        (("e-scooter",), ("electric_scooter",), {"electric_scooter"}),
        (("suitcase",), ("luggage",), {"luggage"}),
        (("other",), COCO, {"kite"}),
        (("catt",), COCO, set()),
        ((), COCO, set()),
    ],
)
def test_what_a_rule_means(wanted: tuple[str, ...], labels: tuple[str, ...], meant: set[str]) -> None:
    assert classes_named(wanted, labels) == meant


def test_groups_that_a_user_states_stand_for_any_member() -> None:
    assert groups_of(FRENCH) == ("other", "other")
    assert classes_named(("person", "car", "truck"), FRENCH) == set()
    assert classes_named(("person", "car", "truck"), FRENCH, FRENCH_GROUPS) == {"personne", "voiture"}
    assert classes_named(("truck",), FRENCH, FRENCH_GROUPS) == set()


@given(st.lists(st.sampled_from(COCO), unique=True, min_size=1), st.lists(st.sampled_from(COCO), unique=True))
def test_a_class_that_the_model_has_means_itself_alone(labels: list[str], wanted: list[str]) -> None:
    meant = classes_named(tuple(wanted), tuple(labels))
    assert meant <= set(labels)
    assert set(wanted) & set(labels) <= meant


@pytest.mark.parametrize("group", GROUPS)
def test_groups_part_the_classes(group: Group) -> None:
    members = classes_named((group,), COCO)
    assert members == {label for label, own in zip(COCO, groups_of(COCO), strict=True) if own == group}
