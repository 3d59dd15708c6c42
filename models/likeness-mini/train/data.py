"""Photos, their splits, their captions and their measured colours."""

import json
import re
from pathlib import Path

import numpy as np
from PIL import Image
from towers import load_photo

VOCABULARY = json.loads((Path(__file__).parent / "vocabulary.json").read_text())
TEMPLATES = ["{}", "a photo of {}", "{} on a shelf", "buy {}", "{} in an online shop", "a picture of {}", "{}, product"]
WORN = ["men's {}", "women's {}", "{} for men", "{} for women", "kids' {}", "new {}", "{} for sale", "cheap {}", "second-hand {}"]
KINDS = ("clothing", "grocery")
QUERIES = ["{}", "a photo of {}", "buy {}"]
SMALL_WORDS = {"a", "an", "the", "of", "to", "for", "with", ""}  # the last is what is left of a genitive's s
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
    """Rows {path, label, variant, held}: one dataset, its class and, for groceries, the finer kind."""
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


def load_splits(kind, rows):
    """Notes 'train', 'validation' or 'test' on each row, from splits.json: one letter a row of the catalogue."""
    letters = json.loads((Path(__file__).parent / "splits.json").read_text())[kind]
    if len(letters) != len(rows):
        raise ValueError(f"splits.json is for {len(letters)} {kind} photos, the catalogue has {len(rows)}; run make_splits.py")
    for row, letter in zip(rows, letters):
        row["split"] = {"t": "train", "v": "validation", "e": "test"}[letter]


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


def words_of(texts):
    """All words of the texts, without the s of a plural."""
    return {word.rstrip("s") for text in texts for word in re.findall("[a-z]+", text.lower())}


def check_vocabulary(goods):
    """Raises ValueError where a description, or a phrase of goods [m], has the same words as a phrase that is only ever a query."""
    for kind, labels in VOCABULARY.items():
        asked = [words_of([text]) - SMALL_WORDS for words in labels.values() for text in words["unseen"] + words["descriptive"]]
        described = [text for words in labels.values() for text in words["described"]]
        for text in described + goods:
            if words_of([text]) - SMALL_WORDS in asked:
                raise ValueError(f"{text!r} is a phrase that no caption of {kind} may use; take it out of vocabulary.json or goods.json")


def plain_captions(kind, label):
    """Names and descriptions as they are."""
    words = VOCABULARY[kind][label]
    return [*words["names"], *words["described"]]


def captions(kind, label):
    """Names in templates, and about as many descriptions."""
    words, templates = VOCABULARY[kind][label], TEMPLATES + (WORN if kind == "clothing" else [])
    named = [t.format(name) for name in words["names"] for t in templates]
    return named + words["described"] * max(1, round(len(named) / len(words["described"])))


def attribute_captions(kind, row):
    """(text, attribute) pairs: the photo's measured colour, its finer kind."""
    out = []
    if row["colour"]:
        names = VOCABULARY[kind][row["label"]]["names"]
        out += [(t.format(f"{row['colour']} {name}"), row["colour"]) for name in names for t in TEMPLATES[:3]]
    if row["variant"] and row["variant"] != row["label"]:
        out += [(t.format(row["variant"].lower()), row["variant"]) for t in TEMPLATES[:4]]
    return out
