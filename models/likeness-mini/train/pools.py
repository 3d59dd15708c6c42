"""Pictures as training sees them: several views of each with their maps and features, labels and captions."""

import numpy as np
import torch
from PIL import Image, ImageEnhance
from towers import load_photo, to_pixels

VIEWS = 3  # the picture itself, and two changed ones


def changed(photo, rng):
    """A random crop of 65 to 100 %, mirrored, turned by up to 12 degrees, brightness and contrast ±25 %."""
    width, height = photo.size
    share, stretch = rng.uniform(0.65, 1.0), np.exp(rng.uniform(-0.2, 0.2))
    w, h = min(1, np.sqrt(share) * stretch), min(1, np.sqrt(share) / stretch)
    left, top = rng.uniform(0, 1 - w), rng.uniform(0, 1 - h)
    photo = photo.crop((int(left * width), int(top * height), int((left + w) * width), int((top + h) * height)))
    if rng.random() < 0.5:
        photo = photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.3:
        fill = tuple(int(x) for x in np.asarray(photo.resize((1, 1)))[0, 0])
        photo = photo.rotate(rng.uniform(-12, 12), Image.Resampling.BICUBIC, fillcolor=fill)
    for kind in (ImageEnhance.Brightness, ImageEnhance.Contrast):
        photo = kind(photo).enhance(rng.uniform(0.75, 1.25))
    return photo


def run_trunk(trunk, paths, rng=None, batch=8):
    """(maps float16 [n, 208, 10, 10], features [n, 1280]) of the int8 trunk, so that the tail learns on what it will get."""
    maps, features = [], []
    for start in range(0, len(paths), batch):
        photos = [load_photo(path) for path in paths[start : start + batch]]
        pixels = np.stack([to_pixels(changed(photo, rng) if rng else photo) for photo in photos])
        mid, pooled = trunk.run(["mid", "features"], {"pixel_values": pixels})
        maps.append(mid.astype(np.float16))
        features.append(pooled)
    return np.concatenate(maps), torch.from_numpy(np.concatenate(features))


class Pool:
    """views: a list of (maps, features) for the same pictures in the same order.

    captions: one list of texts a class (photos) or a picture (drawn); attributed: (text, attribute) pairs a picture;
    attributes: the set that each picture is known to have.
    """

    def __init__(self, views, labels, captions, attributed=(), attributes=()):
        names = sorted(set(labels))
        self.label = np.array([names.index(x) for x in labels])
        share = 1 / np.bincount(self.label)[self.label] ** 0.5
        self.chance = share / share.sum()
        self.maps, self.features = [v[0] for v in views], [v[1] for v in views]
        self.captions, self.attributed, self.attributes = captions, attributed, attributes

    def view(self, rows, rng, with_maps):
        """(pretrained features, maps or the same features) of a random view of each picture, half of them mirrored."""
        which = rng.integers(len(self.features), size=len(rows))
        features = torch.stack([self.features[v][i] for v, i in zip(which, rows)])
        if not with_maps:
            return features, features
        maps = np.stack([self.maps[v][i] for v, i in zip(which, rows)]).astype(np.float32)
        mirrored = rng.random(len(rows)) < 0.5
        maps[mirrored] = maps[mirrored][..., ::-1]
        return features, torch.from_numpy(maps).contiguous(memory_format=torch.channels_last)

    def texts(self):
        return sorted({t for options in self.captions for t in options} | {t for options in self.attributed for t, _ in options})
