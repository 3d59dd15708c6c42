"""Builds likeness-mini from nothing: int8 trunk, maps, tuned tail, learnt block, int8 files.

    python train.py --data DATASETS --emoji EMOJI --out DIRECTORY

DATASETS holds clothing/ and grocery/, EMOJI the unpacked emoji packages (README.md of this folder).
Every choice was made on the validation split. Only photos of the train split are learnt from.
"""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from class_space import class_embeddings
from data import KINDS, VOCABULARY, attribute_captions, captions, dominant_colour, load_catalogue, load_splits
from emoji import TEMPLATES as EMOJI_TEMPLATES
from emoji import load_emoji
from export import export_float, export_image, export_text, export_trunk, write_layout
from fit import fit
from heads import ImageHead, TextHead
from pools import VIEWS, Pool, run_trunk
from torch.nn.functional import normalize
from towers import ImageBackbone, ImageTail, embed_texts

CLASS_DIMENSIONS = 254
DIMENSION = 384 + CLASS_DIMENSIONS + 2
CALIBRATION = 64  # photos a dataset
VERSION = "0.3.0"


def load_rows(folder):
    """{kind: rows with split and colour}."""
    rows = {kind: load_catalogue(Path(folder) / kind) for kind in KINDS}
    for kind in KINDS:
        load_splits(kind, rows[kind])
        for row in rows[kind]:
            row["colour"] = dominant_colour(row["path"]) if kind == "clothing" else None
    return rows


def train_items(rows, left_out=()):
    return [(kind, row) for kind in KINDS for row in rows[kind] if row["split"] == "train" and row["label"] not in left_out]


def open_trunk(path, items):
    """Exports the int8 trunk, calibrated on some train photos of each dataset, and opens it on two threads."""
    rng = np.random.default_rng(0)
    photos = []
    for kind in KINDS:
        paths = [row["path"] for k, row in items if k == kind]
        photos += [paths[i] for i in rng.choice(len(paths), CALIBRATION, replace=False)]
    export_trunk(path, photos)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    return onnxruntime.InferenceSession(str(path), options)


def photo_views(trunk, paths):
    return [run_trunk(trunk, paths, np.random.default_rng(view) if view else None) for view in range(VIEWS)]


def photo_pool(items, views):
    """Train photos of both datasets in one pool: a shirt is a negative of a lemon."""
    classes = sorted({(kind, row["label"]) for kind, row in items})
    attributes = [{x for x in (row["variant"], row["colour"]) if x} for _, row in items]
    return Pool(
        views,
        [(kind, row["label"]) for kind, row in items],
        [captions(*each) for each in classes],
        [attribute_captions(*item) for item in items],
        attributes,
    )


def emoji_pool(rows, views):
    return Pool(views, [row["label"] for row in rows], [[t.format(row["label"]) for t in EMOJI_TEMPLATES] for row in rows])


def class_projection(image_head, text_head, photos, vectors):
    """The directions of the class block that train photos and captions use most (uncentred principal components)."""
    with torch.no_grad():
        pictures = image_head.class_shares(photos.features[0])
        words = text_head.class_shares(torch.stack(list(vectors.values())))
        gram = sum(x.T @ x / len(x) for x in (pictures, words)) + 0.5 * torch.eye(1000) / 1000
    return torch.linalg.eigh(gram).eigenvectors[:, -CLASS_DIMENSIONS:].contiguous()


def build_heads(photos, drawn, classes, tail=None, steps=220):
    """(image head, text head), fitted; tunes the tail in place. classes: (kind, label) of what is trained."""
    texts = sorted(set(photos.texts()) | set(drawn.texts()))
    vectors = dict(zip(texts, torch.from_numpy(embed_texts(texts))))
    points, text_mean = (torch.from_numpy(x) for x in class_embeddings())
    weight, bias = ImageBackbone().classifier()
    features = photos.features[0]
    image_head = ImageHead(weight, bias, points, features.mean(0), features.std(0) + 1e-3)
    words = {each: VOCABULARY[each[0]][each[1]] for each in classes}
    names = {each: torch.stack([vectors[t] for t in words[each]["names"] + words[each]["described"]]) for each in classes}
    text_head = TextHead(points, text_mean, torch.cat(list(names.values())))
    fit(image_head, text_head, photos, drawn, vectors, tail, steps)
    image_head.projection = text_head.projection = class_projection(image_head, text_head, photos, vectors)
    with torch.no_grad():
        turned = [normalize(text_head.turn(text_head.centred(rows)), dim=-1).mean(0) for rows in names.values()]
        image_head.names = normalize(torch.stack(turned), dim=-1)
    return image_head.eval(), text_head.eval()


def main(arguments):
    out = Path(arguments.out)
    write_layout(out, DIMENSION, VERSION)
    rows = load_rows(arguments.data)
    items = train_items(rows)
    trunk = open_trunk(out / "trunk.onnx", items)
    emoji = load_emoji(arguments.emoji)
    photos = photo_pool(items, photo_views(trunk, [row["path"] for _, row in items]))
    drawn = emoji_pool(emoji, [run_trunk(trunk, [row["path"] for row in emoji])])
    tail = ImageTail().to(memory_format=torch.channels_last)
    image_head, text_head = build_heads(photos, drawn, sorted({(kind, row["label"]) for kind, row in items}), tail)
    chosen = np.random.default_rng(0).choice(len(items), 2 * CALIBRATION, replace=False)
    tail = tail.to(memory_format=torch.contiguous_format).eval()
    export_image(out / "onnx/vision_model_quantized.onnx", out / "trunk.onnx", tail, image_head, photos.maps[0][chosen])
    export_text(out / "onnx/text_model_quantized.onnx", text_head)
    if arguments.float:
        export_float(Path(arguments.float) / "onnx", tail, image_head, text_head)
    (out / "trunk.onnx").unlink()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--emoji", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--float", help="where to write the float32 graphs too, for parity.py")
    torch.set_num_threads(2)
    main(parser.parse_args())
