"""What parts and looks attributes.json says that clothes and food have: sleeves, a collar, a round shape, a colour."""

import json
from pathlib import Path

import numpy as np

ATTRIBUTES = json.loads((Path(__file__).parent / "attributes.json").read_text())


def load_attributes():
    """{phrase: float32 [a]}: 1 for each attribute of what the phrase names, a half for one that only some have (~)."""
    names = sorted({word.strip("~") for words in ATTRIBUTES.values() for word in words.split(", ")})
    rows = {}
    for phrase, words in ATTRIBUTES.items():
        row = np.zeros(len(names), dtype=np.float32)
        for word in words.split(", "):
            row[names.index(word.strip("~"))] = 0.5 if word.endswith("~") else 1
        rows[phrase] = row
    return rows


def attribute_rows(entries):
    """[one row a phrase]: attributes of length 1, or zeros, of the phrases of goods.json's entries, each a list of phrases. What is said of the
    first phrase of an entry holds for others of which nothing is said.
    """
    told = load_attributes()
    unknown = set(told) - {phrase for phrases in entries for phrase in phrases}
    if unknown:
        raise ValueError(f"attributes.json has phrases that goods.json lacks: {sorted(unknown)}")
    nothing = np.zeros_like(next(iter(told.values())))
    rows = []
    for phrases in entries:
        first = next((told[phrase] for phrase in phrases if phrase in told), nothing)
        rows += [told.get(phrase, first) for phrase in phrases]
    rows = np.stack(rows)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)
