"""A small classifier of parts of people, such as a head or an upper body: what a second-stage model is made of.

Four convolutions are enough for crops of a few dozen pixels; a look costs well under a millisecond on one core.
"""

from torch import Tensor, nn


class AttributeNet(nn.Module):
    """RGB pictures float32 (n, 3, h, w) in 0..1 -> logits (n, classes); h and w are multiples of 16.

    Args:
        widths: channels after each of the four halvings.
    """

    def __init__(self, classes: int, widths: tuple[int, int, int, int] = (16, 32, 48, 64)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in widths:
            layers += [nn.Conv2d(channels, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(True)]
            channels = width
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(channels, classes)

    def features(self, pictures: Tensor) -> Tensor:
        """What the head decides on, (n, widths[-1]); the mean over the last map makes it bear a shifted crop."""
        found: Tensor = self.body(pictures).mean(dim=(2, 3))
        return found

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits."""
        logits: Tensor = self.head(self.features(pictures))
        return logits
