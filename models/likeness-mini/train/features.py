"""Pictures through the frozen tower, and what training knows of them."""

import numpy as np
import torch
from colours import ImageColours
from towers import load_photo, to_pixels


@torch.inference_mode()
def read_pictures(session, paths):
    """(features [n, 1280], colour shares [n, 12]) of pictures, one by one through the float32 tower."""
    colours = ImageColours()
    features, shares = [], []
    for path in paths:
        pixels = to_pixels(load_photo(path))[None]
        features.append(session.run(["features"], {"pixel_values": pixels})[0][0])
        shares.append(colours(torch.from_numpy(pixels))[0])
    return torch.from_numpy(np.array(features)), torch.stack(shares)


class Pool:
    """features [n, 1280] of pictures with labels.

    captions: one list of texts a class (photos) or a picture (drawn); attributed: (text, attribute) pairs a picture;
    attributes: the set that each picture is known to have.
    """

    def __init__(self, features, labels, captions, attributed=(), attributes=()):
        names = sorted(set(labels))
        self.features, self.label = features, np.array([names.index(x) for x in labels])
        share = 1 / np.bincount(self.label)[self.label] ** 0.5
        self.chance = share / share.sum()
        self.captions, self.attributed, self.attributes = captions, attributed, attributes

    def texts(self):
        return sorted({t for options in self.captions for t in options} | {t for options in self.attributed for t, _ in options})
