"""A block of twelve basic colours: how much of each the middle of a picture has, and which of them a text names."""

import numpy as np
import torch
from data import COLOURS, to_lab
from torch import nn

SOFTNESS = 8.0  # CIE L*a*b* units over which one colour fades into another
TEMPLATES = ["{}", "a {}", "a photo of a {}", "buy a {}"]
NONE = len(COLOURS)


class ImageColours(nn.Module):
    """pixel_values [n, 3, 240, 240] → shares [n, 12] of the colours in the middle of the picture, summing to 1."""

    def __init__(self):
        super().__init__()
        anchors = to_lab(np.array(list(COLOURS.values())) / 255)
        self.register_buffer("anchors", torch.tensor(anchors, dtype=torch.float32))
        self.register_buffer("to_xyz", torch.tensor([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]]))
        self.register_buffer("white", torch.tensor([0.9505, 1.0, 1.089]))

    def forward(self, pixel_values):
        middle = nn.functional.avg_pool2d(pixel_values[:, :, 48:192, 60:180], 6)
        rgb = ((middle * 128 + 127) / 255).clamp(0, 1).flatten(2).transpose(1, 2)
        linear = torch.where(rgb > 0.04045, ((rgb + 0.055) / 1.055).pow(2.4), rgb / 12.92)
        xyz = linear @ self.to_xyz / self.white
        f = torch.where(xyz > 0.008856, xyz.clamp(min=1e-6).pow(1 / 3), 7.787 * xyz + 16 / 116)
        x, y, z = f[..., :1], f[..., 1:2], f[..., 2:]
        lab = torch.cat([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)
        distance = (lab[:, :, None] - self.anchors).pow(2).sum(-1).clamp(min=1e-6).sqrt()
        return (-distance / SOFTNESS).softmax(-1).mean(1)


def colour_texts(nouns, rng):
    """Texts and the number of the colour that each names, 12 for none: nouns with and without a colour."""
    texts, wanted = [], []
    for noun in nouns:
        for number, colour in enumerate(COLOURS):
            if rng.random() < 0.35:
                plain = rng.random() < 0.8
                texts.append(TEMPLATES[rng.integers(len(TEMPLATES))].format(f"{colour} {noun}") if plain else f"{noun} in {colour}")
                wanted.append(number)
        for template in rng.choice(TEMPLATES, 2, replace=False):
            texts.append(template.format(noun))
            wanted.append(NONE)
    return texts, torch.tensor(wanted)


def fit_text_colours(texts, wanted, steps=300, seed=0):
    """Multinomial logistic regression from centred MiniLM embeddings [n, 384] to the twelve colours and none."""
    torch.manual_seed(seed)
    layer = nn.Linear(texts.shape[1], NONE + 1)
    optimiser = torch.optim.AdamW(layer.parameters(), 0.1, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, steps)
    for _ in range(steps):
        loss = nn.functional.cross_entropy(layer(texts), wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return layer.requires_grad_(False)
