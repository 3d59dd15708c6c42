"""Pictures through the frozen tower, and what training knows of them."""

import random

import numpy as np
import torch
from colours import ImageColours
from PIL import Image, ImageEnhance
from towers import SIDE, load_photo, normalise, to_pixels

CROPS = 4  # of each photo that is learnt from, beside the whole


def cropped(photo, chance):
    """A part of the photo, nearly as large as its middle square, mirrored or not, a little brighter or darker."""
    side, shape = min(photo.size) * chance.uniform(0.65, 1) ** 0.5, chance.uniform(0.85, 1.18) ** 0.5
    size = [min(length, part * 1.1) for length, part in zip(photo.size, (side * shape, side / shape))]
    left, top = (chance.uniform(0, length - part) for length, part in zip(photo.size, size))
    part = photo.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=(left, top, left + size[0], top + size[1]))
    if chance.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    part = ImageEnhance.Brightness(part).enhance(chance.uniform(0.75, 1.25))
    return normalise(ImageEnhance.Contrast(part).enhance(chance.uniform(0.8, 1.2)))


def read_pictures(session, paths, crops=0):
    """(features [n, 1 + crops, 7160], maps [n, 1 + crops, 208, 8, 8], colour shares [n, 12]) of pictures; the whole comes first.

    The tower runs in float32; the maps are kept in float16, half a gigabyte for all train photos.
    """
    colours = ImageColours()
    features, maps, shares = [], [], []
    for number, path in enumerate(paths):
        photo, chance = load_photo(path), random.Random(number)
        views = np.stack([to_pixels(photo), *(cropped(photo, chance) for _ in range(crops))])
        found = session.run(["features", "maps"], {"pixel_values": views})
        features.append(torch.from_numpy(found[0]))
        maps.append(torch.from_numpy(found[1]).half())
        shares.append(colours(torch.from_numpy(views[:1]))[0])
    return torch.stack(features), torch.stack(maps), torch.stack(shares)


def stacked(rows, *names):
    """What read_pictures found of rows, by name, stacked: each [n, …]."""
    return [torch.stack([row[name] for row in rows]) for name in names]


class Pool:
    """features [n, views, 7160] and maps [n, views, 208, 8, 8] of pictures with labels.

    captions: one list of texts a class (photos) or a picture (drawn); attributed: (text, attribute) pairs a picture;
    attributes: the set that each picture is known to have. chance [n] is how likely a batch has each picture; by balance [n], whose mean is 1,
    all labels count as much.
    """

    def __init__(self, features, maps, labels, captions, attributed=(), attributes=()):
        names = sorted(set(labels))
        self.features, self.maps, self.label = features, maps, np.array([names.index(x) for x in labels])
        count = np.bincount(self.label)
        share = 1 / count[self.label] ** 0.5
        self.chance = share / share.sum()
        self.balance = torch.from_numpy(len(self.label) / len(count) / count[self.label]).float()
        self.captions, self.attributed, self.attributes = captions, attributed, attributes

    def whole(self, batch):
        """(features, maps) of every picture uncropped, batch by batch."""
        return zip(self.features[:, 0].split(batch), self.maps[:, 0].split(batch))

    def members(self):
        """[n, k]: 1 where picture i is of label k."""
        return torch.nn.functional.one_hot(torch.from_numpy(self.label)).float()

    def texts(self):
        return sorted({t for options in self.captions for t in options} | {t for options in self.attributed for t, _ in options})
