import pytest
import torch

from secondsight.learn.networks.yolox import PRIOR, Plan, Yolox, boxes, cells


@pytest.mark.parametrize(
    ("plan", "parameters"),
    [
        # As published for COCO: Nano 0.91 M, Tiny 5.06 M, S 9.0 M (table 2 of the YOLOX paper's repository).
        (Plan(80, 0.25, 0.33, True), 0.91e6),
        (Plan(80, 0.375, 0.33, False), 5.06e6),
        (Plan(80, 0.5, 0.33, False), 8.97e6),
    ],
)
def test_published_plans_have_the_published_size(plan, parameters):
    count = sum(value.numel() for value in Yolox(plan).parameters())
    assert count == pytest.approx(parameters, rel=0.01)


@pytest.mark.parametrize("depthwise", [True, False])
def test_one_row_per_cell(depthwise):
    network = Yolox(Plan(3, 0.125, 0.33, depthwise)).eval()
    rows = network(torch.zeros(2, 3, 64, 96))
    assert rows.shape == (2, 12 * 8 + 6 * 4 + 3 * 2, 8)


def test_an_untrained_network_expects_little():
    torch.manual_seed(0)
    network = Yolox(Plan(3, 0.125, 0.33, False)).eval()
    with torch.no_grad():
        chances = network(torch.rand(1, 3, 64, 64) * 255)[..., 4:].sigmoid()
    assert float(chances.mean()) == pytest.approx(PRIOR, rel=0.5)


def test_rows_lie_where_their_cells_are():
    """Changing one corner of the picture changes the rows of that corner most, on every grid."""
    torch.manual_seed(0)
    network = Yolox(Plan(1, 0.125, 0.33, False)).eval()
    picture = torch.full((1, 3, 96, 160), 110.0)
    touched = picture.clone()
    touched[..., :16, 144:] = 255
    corner, stride = cells(160, 96)
    with torch.no_grad():
        change = (network(touched) - network(picture))[0].abs().sum(dim=1)
    for step in (8, 16):
        rows = stride[:, 0] == step
        x, y = (corner * stride)[rows][change[rows].argmax()].tolist()
        assert x >= 112
        assert y <= 32


def test_boxes_in_pixels():
    corner, stride = cells(64, 32)
    rows = torch.zeros(len(corner), 5)
    rows[9] = torch.tensor([0.5, 0.25, 1.0, 0.0, 0.0])
    found = boxes(rows, corner, stride)
    # Row 9 of the grid of stride 8 (8 columns): column 1, second line.
    assert found[9].tolist() == pytest.approx([12.0, 10.0, 8 * 2.718282, 8.0], rel=1e-5)
    # The last row: the only line of stride 32, second column.
    assert found[-1].tolist() == [32.0, 0.0, 32.0, 32.0]
