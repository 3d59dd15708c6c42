"""Photos, their splits, their captions and their measured colours."""

import json
from pathlib import Path

import numpy as np
from PIL import Image
from towers import load_photo

VOCABULARY = json.loads((Path(__file__).parent / "vocabulary.json").read_text())
TEMPLATES = ["{}", "a photo of {}", "{} on a shelf", "buy {}", "{} in an online shop", "a picture of {}", "{}, product"]
QUERIES = ["{}", "a photo of {}", "buy {}"]
NEAR_DUPLICATE = 0.92
COLOURS = {
    "black": (25, 25, 28),
    "white": (235, 235, 235),
    "grey": (130, 130, 130),
    "red": (185, 30, 40),
    "orange": (230, 120, 30),
    "yellow": (235, 205, 50),
    "green": (50, 120, 60),
    "blue": (40, 75, 150),
    "purple": (110, 55, 130),
    "pink": (230, 140, 165),
    "brown": (110, 70, 45),
    "beige": (210, 190, 155),
}


def load_catalogue(folder):
    """Rows {path, label, variant, source_split}: one dataset, its class and, for groceries, the finer kind."""
    folder = Path(folder)
    rows = []
    for line in (folder / "catalog.ndjson").read_text().splitlines():
        item = json.loads(line)
        rows.append(
            {
                "path": str(folder / item["image"]),
                "label": item.get("coarse", item["label"]),
                "variant": item["label"] if "coarse" in item else None,
                "held": item["image"].startswith("images/val/"),
            }
        )
    return rows


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
    """'train', 'validation' or 'test' a photo: 60 / 15 / 25 % by group of near-duplicates.

    A group that touches the source's own validation folder (photos from other visits) is test as a whole.
    """
    groups = near_duplicate_groups(features)
    held = {g for g, row in zip(groups, rows) if row["held"]}
    free = sorted(set(groups) - held)
    draw = dict(zip(free, np.random.default_rng(seed).random(len(free))))

    def part(group):
        if group in held or draw[group] < 0.25:
            return "test"
        return "validation" if draw[group] < 0.40 else "train"

    return np.array([part(g) for g in groups]), groups


def to_lab(rgb):
    """sRGB in [0, 1] to CIE L*a*b* (D65)."""
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    xyz = linear @ np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]])
    f = xyz / np.array([0.9505, 1.0, 1.089])
    f = np.where(f > 0.008856, np.cbrt(f), 7.787 * f + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def dominant_colour(path):
    """The basic colour that most of the middle of a photo has, or None when no colour has half of it."""
    photo = load_photo(path)
    w, h = photo.size
    middle = photo.crop((int(w * 0.3), int(h * 0.25), int(w * 0.7), int(h * 0.75))).resize((24, 24), Image.Resampling.BOX)
    names = list(COLOURS)
    palette = Image.new("RGB", (len(names), 1))
    palette.putdata([COLOURS[n] for n in names])
    lab, anchors = (to_lab(np.asarray(x, dtype=float) / 255) for x in (middle, palette))
    distance = np.linalg.norm(lab.reshape(-1, 1, 3) - anchors.reshape(1, -1, 3), axis=-1)
    counts = np.bincount(distance.argmin(1), minlength=len(names)) / 576
    return names[counts.argmax()] if counts.max() >= 0.5 else None


def captions(kind, row):
    """(text, attribute) pairs; an attribute limits a caption to photos that have it."""
    words = VOCABULARY[kind][row["label"]]
    out = [(t.format(name), None) for name in words["names"] for t in TEMPLATES]
    out += [(text, None) for text in words["described"] for _ in range(3)]
    if row["variant"] and row["variant"] != row["label"]:
        out += [(t.format(row["variant"].lower()), row["variant"]) for t in TEMPLATES[:4]]
    return out


def colour_captions(kind, row):
    names = VOCABULARY[kind][row["label"]]["names"]
    if not row.get("colour"):
        return []
    return [(t.format(f"{row['colour']} {name}"), row["colour"]) for name in names for t in TEMPLATES[:3]]
