"""Builds likeness-mini from nothing: features, splits, learnt block, int8 files, calibration.

    python train.py --data DATASETS --emoji EMOJI --out DIRECTORY

DATASETS holds clothing/ and grocery/, EMOJI the unpacked emoji packages (README.md of this folder).
Every choice below was made on the validation split. Only photos of the train split are learnt from.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from class_space import class_embeddings
from data import VOCABULARY, captions, colour_captions, dominant_colour, load_catalogue, split
from emoji import TEMPLATES as EMOJI_TEMPLATES
from emoji import load_emoji
from export import export_backbone, export_image, export_text, write_layout
from fit import Pool, fit
from heads import ImageHead, TextHead
from towers import ImageBackbone, embed_photos, embed_texts

KINDS = ("clothing", "grocery")
BLOCK_WEIGHT = 0.15
GATE_SLOPE = 20.0
GATE_MIDDLE = 0.65
CLASS_DIMENSIONS = 256
EMOJI_WEIGHT = 0.3
VERSION = "0.2.0"


def prepare(folder):
    """Rows with split, colour and captions, and their features, for both datasets."""
    rows, features = {}, {}
    for kind in KINDS:
        rows[kind] = load_catalogue(Path(folder) / kind)
        features[kind] = torch.from_numpy(embed_photos([row["path"] for row in rows[kind]]))
        parts, _ = split(rows[kind], features[kind].numpy())
        for row, part in zip(rows[kind], parts):
            row["split"] = str(part)
            row["colour"] = dominant_colour(row["path"]) if kind == "clothing" else None
            row["plain"], row["coloured"] = captions(kind, row), colour_captions(kind, row)
    return rows, features


def product_pool(rows, features, left_out=()):
    """Train photos of both datasets in one pool: a shirt is a negative of a lemon."""
    chosen = [
        (kind, i)
        for kind in KINDS
        for i, row in enumerate(rows[kind])
        if row["split"] == "train" and row["label"] not in left_out
    ]
    items = [rows[kind][i] for kind, i in chosen]
    return Pool(
        torch.stack([features[kind][i] for kind, i in chosen]),
        [kind + rows[kind][i]["label"] for kind, i in chosen],
        [item["plain"] for item in items],
        [item["coloured"] for item in items],
        [{x for x in (item["variant"], item["colour"]) if x} for item in items],
        weight=1.0,
        size=384,
    )


def emoji_pool(rows, features):
    plain = [[(template.format(row["label"]), None) for template in EMOJI_TEMPLATES] for row in rows]
    nothing = [[]] * len(rows)
    return Pool(features, [r["label"] for r in rows], plain, nothing, [set()] * len(rows), EMOJI_WEIGHT, size=256)


def embed_captions(pools):
    texts = sorted({text for pool in pools for options in (pool.plain, pool.coloured) for row in options for text, _ in row})
    return dict(zip(texts, torch.from_numpy(embed_texts(texts))))


def class_projection(image_head, text_head, pool, vectors):
    """The directions of the class block that train photos and captions use most (uncentred principal components)."""
    with torch.no_grad():
        pictures = image_head.class_shares(pool.features)
        words = text_head.class_shares(torch.stack(list(vectors.values())))
        gram = sum(x.T @ x / len(x) for x in (pictures, words)) + 0.5 * torch.eye(1000) / 1000
    return torch.linalg.eigh(gram).eigenvectors[:, -CLASS_DIMENSIONS:].contiguous()


def trained_names(labels):
    words = [VOCABULARY[kind][label] for kind in KINDS for label in VOCABULARY[kind] if kind + label in labels]
    return sorted({text for word in words for text in word["names"] + word["described"]})


def build_heads(pools, vectors, labels):
    classes, text_mean = (torch.from_numpy(x) for x in class_embeddings())
    weight, bias = ImageBackbone().classifier()
    features = pools[0].features
    image_head = ImageHead(weight, bias, classes, features.mean(0), features.std(0) + 1e-3, BLOCK_WEIGHT)
    names = torch.stack([vectors[text] for text in trained_names(labels)])
    text_head = TextHead(classes, text_mean, names, BLOCK_WEIGHT, GATE_SLOPE, GATE_MIDDLE)
    fit(image_head, text_head, pools, vectors)
    image_head.projection = text_head.projection = class_projection(image_head, text_head, pools[0], vectors)
    return image_head.eval(), text_head.eval()


def main(arguments):
    rows, features = prepare(arguments.data)
    emoji = load_emoji(arguments.emoji)
    pools = [product_pool(rows, features), emoji_pool(emoji, torch.from_numpy(embed_photos([r["path"] for r in emoji])))]
    vectors = embed_captions(pools)
    labels = {kind + row["label"] for kind in KINDS for row in rows[kind]}
    image_head, text_head = build_heads(pools, vectors, labels)

    out = Path(arguments.out)
    dimension = 384 + CLASS_DIMENSIONS
    write_layout(out, dimension, VERSION)
    rng = np.random.default_rng(0)
    train = {kind: [r["path"] for r in rows[kind] if r["split"] == "train"] for kind in KINDS}
    photos = [train[kind][i] for kind in KINDS for i in rng.choice(len(train[kind]), 64, replace=False)]
    backbone = out / "backbone.onnx"
    export_backbone(backbone, photos)
    export_image(out / "onnx/vision_model_quantized.onnx", backbone, image_head)
    export_text(out / "onnx/text_model_quantized.onnx", text_head)
    backbone.unlink()
    table = {kind: [{k: r[k] for k in ("path", "label", "split", "colour")} for r in rows[kind]] for kind in KINDS}
    Path(arguments.splits).write_text(json.dumps(table))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--emoji", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--splits", required=True, help="where to note which photo is in which split, for evaluate.py")
    torch.set_num_threads(2)
    main(parser.parse_args())
