"""Draws splits.json anew; the committed one is what the model and its figures belong to.

    python make_splits.py --data DATASETS
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from data import KINDS, load_catalogue
from towers import POOLED, ImageBackbone, load_photo, to_pixels

NEAR_DUPLICATE = 0.92
CROP, SHORTEST = 260, 297


@torch.no_grad()
def features(paths):
    """Pooled features [n, 1280] of the middle of each photo."""
    tower, rows = ImageBackbone(), []
    for path in paths:
        pixels = to_pixels(load_photo(path), SHORTEST, CROP)
        rows.append(tower(torch.from_numpy(pixels[None]))[0][0, :POOLED].numpy())
    return np.array(rows)


def near_duplicate_groups(features):
    """One number a photo; photos whose backbone features have a cosine above .92 share it, through chains too."""
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    parent = np.arange(len(unit))

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i in range(len(unit)):
        for j in np.nonzero(unit[i + 1 :] @ unit[i] > NEAR_DUPLICATE)[0]:
            parent[root(i + 1 + j)] = root(i)
    return np.array([root(i) for i in range(len(unit))])


def split(rows, features, seed=7):
    """'t' (train), 'v' (validation) or 'e' (test) a photo: 60 / 15 / 25 % by group of near-duplicates.

    A group that touches the source's own validation folder (photos from other visits) is test as a whole.
    """
    groups = near_duplicate_groups(features)
    held = {g for g, row in zip(groups, rows) if row["held"]}
    free = sorted(set(groups) - held)
    draw = dict(zip(free, np.random.default_rng(seed).random(len(free))))

    def part(group):
        if group in held or draw[group] < 0.25:
            return "e"
        return "v" if draw[group] < 0.40 else "t"

    return [part(g) for g in groups]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    data = Path(parser.parse_args().data)
    drawn = {}
    for kind in KINDS:
        rows = load_catalogue(data / kind)
        drawn[kind] = "".join(split(rows, features([row["path"] for row in rows])))
    (Path(__file__).parent / "splits.json").write_text(json.dumps(drawn, indent=1))
