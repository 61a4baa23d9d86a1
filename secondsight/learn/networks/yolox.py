"""YOLOX (Ge et al. 2021, arXiv:2107.08430) in plain torch: CSPDarknet, PAFPN and the decoupled head.

torchvision does not load beside the CPU build of torch, and the published package needs it; the network itself needs
only convolutions. The layers run in the order in which the published ONNX files list them, which is how
`published.py` finds the place of each of their weights. The same network serves both the published models
(`width` 0.25 and `depthwise` make Nano) and our own small ones.
"""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STRIDES = (8, 16, 32)
PRIOR = 0.01
"""Objectness and class probability at the start (Lin et al. 2017, section 4.1): most cells are empty."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a network is.

    Attributes:
        classes: count of classes.
        width: channels of the published large network are multiplied by it; Nano 0.25, Tiny 0.375, S 0.5.
        depth: likewise for repeated blocks; 0.33 for all of these.
        depthwise: 3x3 convolutions in two steps, depthwise and 1x1. Fewer weights and operations, but slow to
            train on CPUs.
    """

    classes: int
    width: float = 0.25
    depth: float = 0.33
    depthwise: bool = True

    def channels(self, full: int) -> int:
        """Channels where the large network has `full`."""
        return int(full * self.width)

    def repeats(self, full: int) -> int:
        """Repeated blocks where the large network has `full`."""
        return max(round(full * self.depth), 1)


class Unit(nn.Module):
    """Convolution, batch normalisation, SiLU."""

    def __init__(self, inner: int, outer: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            inner, outer, kernel, stride, padding=(kernel - 1) // 2, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(outer, eps=1e-3, momentum=0.03)

    def forward(self, x: Tensor) -> Tensor:
        """(b, inner, h, w) -> (b, outer, h / stride, w / stride)."""
        return F.silu(cast(Tensor, self.norm(self.conv(x))), inplace=True)


def _wide(plan: Plan, inner: int, outer: int, stride: int = 1) -> nn.Module:
    """A 3x3 convolution, in two steps where the plan says so."""
    if not plan.depthwise:
        return Unit(inner, outer, 3, stride)
    return nn.Sequential(Unit(inner, inner, 3, stride, groups=inner), Unit(inner, outer, 1))


class Bottleneck(nn.Module):
    """1x1, then 3x3, with a way around both if `shortcut`."""

    def __init__(self, plan: Plan, channels: int, shortcut: bool) -> None:
        super().__init__()
        self.reduce = Unit(channels, channels, 1)
        self.conv = _wide(plan, channels, channels)
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """(b, channels, h, w) -> the same."""
        y = cast(Tensor, self.conv(self.reduce(x)))
        return x + y if self.shortcut else y


class CrossStage(nn.Module):
    """Half of the channels pass bottlenecks, half pass by (CSP with three convolutions)."""

    def __init__(self, plan: Plan, inner: int, outer: int, repeats: int, shortcut: bool = True) -> None:
        super().__init__()
        half = outer // 2
        self.through = Unit(inner, half, 1)
        self.by = Unit(inner, half, 1)
        self.blocks = nn.Sequential(*(Bottleneck(plan, half, shortcut) for _ in range(repeats)))
        self.join = Unit(2 * half, outer, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(b, inner, h, w) -> (b, outer, h, w)."""
        through, by = self.through(x), self.by(x)
        return cast(Tensor, self.join(torch.cat((self.blocks(through), by), dim=1)))


class Pyramid(nn.Module):
    """Spatial pyramid pooling: maxima over 5, 9 and 13 pixels beside the input."""

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.reduce = Unit(inner, inner // 2, 1)
        self.join = Unit(inner // 2 * 4, outer, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(b, inner, h, w) -> (b, outer, h, w)."""
        x = self.reduce(x)
        pooled = [F.max_pool2d(x, size, stride=1, padding=size // 2) for size in (5, 9, 13)]
        return cast(Tensor, self.join(torch.cat((x, *pooled), dim=1)))


def _focus(x: Tensor) -> Tensor:
    """(b, 3, h, w) -> (b, 12, h / 2, w / 2): each 2x2 block of pixels becomes channels, columns first."""
    parts = (x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2])
    return torch.cat(parts, dim=1)


class Backbone(nn.Module):
    """CSPDarknet; gives the features of strides 8, 16, 32."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        c64, c128, c256, c512, c1024 = (plan.channels(full) for full in (64, 128, 256, 512, 1024))
        few, many = plan.repeats(3), plan.repeats(9)
        self.stem = Unit(12, c64, 3)
        self.stage2 = nn.Sequential(_wide(plan, c64, c128, 2), CrossStage(plan, c128, c128, few))
        self.stage3 = nn.Sequential(_wide(plan, c128, c256, 2), CrossStage(plan, c256, c256, many))
        self.stage4 = nn.Sequential(_wide(plan, c256, c512, 2), CrossStage(plan, c512, c512, many))
        self.stage5 = nn.Sequential(
            _wide(plan, c512, c1024, 2),
            Pyramid(c1024, c1024),
            CrossStage(plan, c1024, c1024, few, shortcut=False),
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(b, 3, h, w) -> features of strides 8, 16 and 32."""
        fine = self.stage3(self.stage2(self.stem(_focus(images))))
        middle = self.stage4(fine)
        return fine, middle, self.stage5(middle)


class Neck(nn.Module):
    """PAFPN: coarse features go down to the fine ones, and the fine ones back up."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        c256, c512, c1024 = (plan.channels(full) for full in (256, 512, 1024))
        few = plan.repeats(3)
        self.lateral = Unit(c1024, c512, 1)
        self.down_middle = CrossStage(plan, 2 * c512, c512, few, shortcut=False)
        self.reduce = Unit(c512, c256, 1)
        self.down_fine = CrossStage(plan, 2 * c256, c256, few, shortcut=False)
        self.step_middle = _wide(plan, c256, c256, 2)
        self.up_middle = CrossStage(plan, 2 * c256, c512, few, shortcut=False)
        self.step_coarse = _wide(plan, c512, c512, 2)
        self.up_coarse = CrossStage(plan, 2 * c512, c1024, few, shortcut=False)

    def forward(self, features: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Features of strides 8, 16 and 32 -> the same shapes, each informed by the others."""
        fine, middle, coarse = features
        lateral = self.lateral(coarse)
        middle = self.reduce(self.down_middle(torch.cat((_double(lateral), middle), dim=1)))
        fine = self.down_fine(torch.cat((_double(middle), fine), dim=1))
        up = self.up_middle(torch.cat((self.step_middle(fine), middle), dim=1))
        return fine, up, self.up_coarse(torch.cat((self.step_coarse(up), lateral), dim=1))


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class Head(nn.Module):
    """One decoupled head per stride: what it is, apart from where and whether it is."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        inner = plan.channels(256)
        sizes = [plan.channels(full) for full in (256, 512, 1024)]

        def pair() -> nn.Sequential:
            return nn.Sequential(_wide(plan, inner, inner), _wide(plan, inner, inner))

        self.stems = nn.ModuleList(Unit(size, inner, 1) for size in sizes)
        self.cls_convs = nn.ModuleList(pair() for _ in sizes)
        self.reg_convs = nn.ModuleList(pair() for _ in sizes)
        self.cls_preds = nn.ModuleList(nn.Conv2d(inner, plan.classes, 1) for _ in sizes)
        self.reg_preds = nn.ModuleList(nn.Conv2d(inner, 4, 1) for _ in sizes)
        self.obj_preds = nn.ModuleList(nn.Conv2d(inner, 1, 1) for _ in sizes)
        for layer in (*self.cls_preds, *self.obj_preds):
            nn.init.constant_(cast(Tensor, layer.bias), -float(torch.log(torch.tensor((1 - PRIOR) / PRIOR))))

    def forward(self, features: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Features of strides 8, 16, 32 -> rows (b, n, 5 + classes), see `Yolox.forward`."""
        rows = []
        for level, feature in enumerate(features):
            stem = self.stems[level](feature)
            kind = self.cls_preds[level](self.cls_convs[level](stem))
            where = self.reg_convs[level](stem)
            box, some = self.reg_preds[level](where), self.obj_preds[level](where)
            rows.append(torch.cat((box, some, kind), dim=1).flatten(2))
        return torch.cat(rows, dim=2).transpose(1, 2)


class Yolox(nn.Module):
    """The whole network."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self.backbone = Backbone(plan)
        self.neck = Neck(plan)
        self.head = Head(plan)

    def forward(self, images: Tensor) -> Tensor:
        """Raw rows of pictures.

        Args:
            images: float (b, 3, h, w), BGR 0..255, h and w multiples of 32.

        Returns:
            (b, n, 5 + classes), one row per cell of the grids of stride 8, 16, 32, row by row, finest first: x, y
            (offset from the cell's corner, in cells), log w, log h (in cells), then objectness and classes as logits.
        """
        return cast(Tensor, self.head(self.neck(self.backbone(images))))


def cells(width: int, height: int) -> tuple[Tensor, Tensor]:
    """Corner (n, 2) as x, y in cells, and stride (n, 1), of each row of the output for pictures of this size."""
    corners, strides = [], []
    for stride in STRIDES:
        y, x = torch.meshgrid(torch.arange(height // stride), torch.arange(width // stride), indexing="ij")
        corners.append(torch.stack((x, y), dim=-1).reshape(-1, 2).float())
        strides.append(torch.full((len(corners[-1]), 1), float(stride)))
    return torch.cat(corners), torch.cat(strides)


def boxes(rows: Tensor, corner: Tensor, stride: Tensor) -> Tensor:
    """Boxes of raw rows (..., n, >= 4) in pixels: centre x, centre y, width, height (..., n, 4)."""
    # Without the limit one wild early prediction would be infinitely large and the loss not a number.
    return torch.cat(
        ((rows[..., :2] + corner) * stride, rows[..., 2:4].clamp(max=8.0).exp() * stride), dim=-1
    )
