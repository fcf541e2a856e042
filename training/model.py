# SPDX-License-Identifier: Apache-2.0
"""The demo detector's network: one 3x3 backbone, three resolutions fused at stride 8, FastestDet's output."""

import torch
from torch import Tensor, nn

LABELS = ("box", "ball", "cone")
WIDTH, HEIGHT, STRIDE = 256, 160, 8
COLUMNS, ROWS = WIDTH // STRIDE, HEIGHT // STRIDE


def conv(inputs: int, outputs: int, size: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, normalisation, ReLU; padded so that only `stride` changes the size."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """x + f(x) with a narrow middle."""

    def __init__(self, channels: int, middle: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(conv(channels, middle), conv(middle, channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


class DemoDetector(nn.Module):
    """`forward` gives logits `[B, 5 + labels, rows, columns]`: objectness, dx, dy, w, h, labels."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv(3, 12, stride=2), conv(12, 20, stride=2))
        self.eighth = nn.Sequential(conv(20, 40, stride=2), Residual(40, 24))
        self.sixteenth = nn.Sequential(conv(40, 56, stride=2), Residual(56, 28))
        # Two depthwise 5x5 at 8x5 cells see the whole picture for few weights.
        self.thirtysecond = nn.Sequential(
            conv(56, 56, 5, 2, groups=56), conv(56, 64, 1), conv(64, 64, 5, groups=64), conv(64, 64, 1)
        )
        self.from_thirtysecond = conv(64, 56, 1)
        self.mix_sixteenth = nn.Sequential(conv(56, 56, 5, groups=56), conv(56, 48, 1))
        self.from_eighth = conv(40, 48, 1)
        self.mix_eighth = conv(48, 40)
        self.what = nn.Sequential(conv(40, 40, 5, groups=40), conv(40, 40, 1), nn.Conv2d(40, 1 + len(LABELS), 1))
        self.where = nn.Sequential(conv(40, 40, 5, groups=40), conv(40, 40, 1), nn.Conv2d(40, 4, 1))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        # Objects are rare: start from a low objectness instead of learning it.
        nn.init.constant_(self.what[-1].bias[:1], -4.0)

    def forward(self, x: Tensor) -> Tensor:
        eighth = self.eighth(self.stem(x))
        sixteenth = self.sixteenth(eighth)
        thirtysecond = self.thirtysecond(sixteenth)
        sixteenth = self.mix_sixteenth(sixteenth + self.up(self.from_thirtysecond(thirtysecond)))
        eighth = self.mix_eighth(self.from_eighth(eighth) + self.up(sixteenth))
        what, where = self.what(eighth), self.where(eighth)
        return torch.cat([what[:, :1], where, what[:, 1:]], dim=1)


class Exported(nn.Module):
    """The detector with FastestDet's activations: objectness and label probabilities ready, box regressions raw."""

    def __init__(self, detector: DemoDetector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, images: Tensor) -> Tensor:
        raw = self.detector(images)
        return torch.cat([raw[:, :1].sigmoid(), raw[:, 1:5], raw[:, 5:].sigmoid()], dim=1)


def boxes(raw: Tensor) -> Tensor:
    """Corners `[B, 4, rows, columns]` in fractions of the picture, from logits or exported output alike."""
    rows, columns = raw.shape[2:]
    x = (torch.tanh(raw[:, 1]) + torch.arange(columns, device=raw.device).view(1, 1, -1)) / columns
    y = (torch.tanh(raw[:, 2]) + torch.arange(rows, device=raw.device).view(1, -1, 1)) / rows
    w, h = raw[:, 3].sigmoid() / 2, raw[:, 4].sigmoid() / 2
    return torch.stack([x - w, y - h, x + w, y + h], dim=1)
