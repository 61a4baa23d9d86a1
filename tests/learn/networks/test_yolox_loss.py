import dataclasses

import pytest
import torch

from secondsight.learn.networks.yolox import boxes, cells
from secondsight.learn.networks.yolox_loss import Targets, assign, overlap, yolox_loss

SIZE = (64, 64)
CORNER, STRIDE = cells(*SIZE)
NONE = torch.zeros(0, 4)


def targets(*rows, ignored=()):
    """Targets out of (x, y, w, h, class)."""
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 5)
    return Targets(
        table[:, :4], table[:, 4].long(), torch.tensor(ignored, dtype=torch.float32).reshape(-1, 4)
    )


def cell_at(x, y, stride):
    """Row of the cell that holds the pixel."""
    offset = {8: 0, 16: 64, 32: 80}[stride]
    return offset + (y // stride) * (64 // stride) + x // stride


def rows_that_say(*found, classes=2):
    """Raw rows of a network that sees exactly these: (cell, x, y, w, h, class); its other boxes are mere points."""
    rows = torch.zeros(1, len(CORNER), 5 + classes)
    rows[..., 2:] = -12
    for cell, x, y, w, h, kind in found:
        rows[0, cell, :2] = torch.tensor([x, y]) / STRIDE[cell] - CORNER[cell]
        rows[0, cell, 2:4] = (torch.tensor([float(w), float(h)]) / STRIDE[cell]).log()
        rows[0, cell, 4] = 12
        rows[0, cell, 5 + kind] = 12
    return rows


def assigned(rows, target):
    cell, owner, shared = assign(boxes(rows[0], CORNER, STRIDE), rows[0, :, 4:], CORNER, STRIDE, target)
    return dict(zip(cell.tolist(), owner.tolist(), strict=True)), shared


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((10, 10, 4, 4), (10, 10, 4, 4), 1.0),
        ((10, 10, 4, 4), (12, 10, 4, 4), 1 / 3),
        ((10, 10, 4, 4), (14, 10, 4, 4), 0.0),
        ((10, 10, 4, 4), (30, 30, 4, 4), 0.0),
        ((10, 10, 8, 8), (10, 10, 4, 4), 0.25),
    ],
)
def test_overlap(a, b, expected):
    assert float(overlap(torch.tensor(a).float(), torch.tensor(b).float())) == pytest.approx(expected)


def test_one_good_cell_answers_for_one_object():
    cell = cell_at(20, 20, 8)
    chosen, shared = assigned(rows_that_say((cell, 20, 20, 16, 16, 1)), targets((20, 20, 16, 16, 1)))
    assert chosen == {cell: 0}
    assert shared.tolist() == pytest.approx([1.0])


def test_as_many_cells_as_their_overlaps_add_up_to():
    near = [cell_at(x, y, 8) for x, y in ((20, 20), (12, 20), (28, 20))]
    rows = rows_that_say(*((cell, 20, 20, 16, 16, 0) for cell in near))
    chosen, _ = assigned(rows, targets((20, 20, 16, 16, 0)))
    assert set(chosen) == set(near)


def test_no_cell_out_of_reach_answers_however_well_it_predicts():
    far = cell_at(60, 60, 8)
    chosen, _ = assigned(rows_that_say((far, 12, 12, 8, 8, 0)), targets((12, 12, 8, 8, 0)))
    assert far not in chosen
    assert len(chosen) == 1
    reach = ((CORNER + 0.5) * STRIDE - 12).abs().amax(dim=1) / STRIDE[:, 0]
    assert float(reach[next(iter(chosen))]) < 1.5


def test_a_cell_answers_for_the_object_it_suits_better():
    cell = cell_at(36, 36, 8)
    rows = rows_that_say((cell, 36, 36, 12, 24, 1))
    chosen, _ = assigned(rows, targets((36, 36, 24, 12, 0), (36, 36, 12, 24, 1)))
    assert chosen[cell] == 1


def test_classes_decide_between_equal_boxes():
    left, right = cell_at(28, 28, 8), cell_at(36, 28, 8)
    rows = rows_that_say((left, 32, 28, 20, 20, 0), (right, 32, 28, 20, 20, 1))
    chosen, _ = assigned(rows, targets((32, 28, 20, 20, 1), (32, 28, 20, 20, 0)))
    assert chosen[right] == 0
    assert chosen[left] == 1


def test_a_perfect_answer_costs_next_to_nothing():
    cell = cell_at(20, 20, 8)
    loss = yolox_loss(
        rows_that_say((cell, 20, 20, 16, 16, 1)), SIZE, [targets((20, 20, 16, 16, 1))], precise=True
    )
    assert loss.cells == 1
    assert float(loss.total) < 0.01


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param((26, 20, 16, 16, 1), id="elsewhere"),
        pytest.param((20, 20, 30, 16, 1), id="too wide"),
        pytest.param((20, 20, 16, 16, 0), id="another class"),
    ],
)
def test_each_mistake_costs(wrong):
    cell = cell_at(20, 20, 8)
    loss = yolox_loss(rows_that_say((cell, *wrong)), SIZE, [targets((20, 20, 16, 16, 1))])
    assert float(loss.total) > 1


def test_seeing_what_is_not_there_costs_unless_it_is_ignored():
    rows = rows_that_say((cell_at(20, 20, 8), 20, 20, 16, 16, 1))
    assert float(yolox_loss(rows, SIZE, [targets()]).total) > 10
    assert float(yolox_loss(rows, SIZE, [targets(ignored=[(20, 20, 16, 16)])]).total) < 0.01


def test_an_object_within_what_is_ignored_still_counts():
    rows = rows_that_say()
    loss = yolox_loss(rows, SIZE, [targets((20, 20, 16, 16, 1), ignored=[(32, 32, 64, 64)])])
    assert loss.cells >= 1
    assert loss.objectness > 10


def test_pictures_of_a_batch_do_not_mix():
    cell = cell_at(20, 20, 8)
    seen, empty = rows_that_say((cell, 20, 20, 16, 16, 1)), rows_that_say()
    both = torch.cat((seen, empty))
    right = yolox_loss(both, SIZE, [targets((20, 20, 16, 16, 1)), targets()])
    swapped = yolox_loss(both, SIZE, [targets(), targets((20, 20, 16, 16, 1))])
    assert float(right.total) < 0.01
    assert float(swapped.total) > 10


def test_where_not_everything_is_labelled_the_background_weighs_less_but_near_what_is():
    """An object that nobody labelled, far from the one that is, and next to it."""
    named = (20, 20, 12, 12, 0)

    def objectness(x, y, background):
        wanted = dataclasses.replace(targets(named), background=background)
        rows = rows_that_say((cell_at(20, 20, 8), *named), (cell_at(x, y, 8), x, y, 8, 8, 0))
        return yolox_loss(rows, SIZE, [wanted]).objectness

    assert objectness(52, 52, 0.05) == pytest.approx(0.05 * objectness(52, 52, 1.0), rel=0.01)
    assert objectness(20, 28, 0.05) == pytest.approx(objectness(20, 28, 1.0), rel=0.01)
