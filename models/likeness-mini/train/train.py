"""Builds likeness-mini from nothing: features of all pictures, learnt block, class block, colour block, int8 files.

    python train.py --data DATASETS --emoji EMOJI --out DIRECTORY

DATASETS holds clothing/ and grocery/, EMOJI the unpacked emoji packages (README.md of this folder).
README.md says how each choice was made. Only photos of the train split are learnt from.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch
from class_space import class_embeddings, class_texts, load_goods
from colours import colour_texts, fit_text_colours
from data import KINDS, VOCABULARY, attribute_captions, captions, check_vocabulary, dominant_colour, load_catalogue, load_splits, plain_captions
from emoji import TEMPLATES as EMOJI_TEMPLATES
from emoji import load_emoji
from export import export_image, export_text, open_backbone, write_layout
from features import CROPS, Pool, read_pictures, stacked
from fit import PHASES, fit
from heads import ATTRIBUTE_DIMENSIONS, CLASS_DIMENSIONS, DIMENSION, ImageHead, TextHead
from torch.nn.functional import normalize
from towers import ImageBackbone, embed_texts

VERSION = "0.9.0"
FLOOR = 0.01  # of what photos of one class differ by in all directions, as much counts in each
TOLD_RIDGE, ATTRIBUTE_RIDGE = 0.003, 0.0001  # against the mean square of a learnt block, which is near 1 in all directions together


def load_rows(folder):
    """{kind: rows with split and colour}."""
    rows = {kind: load_catalogue(Path(folder) / kind) for kind in KINDS}
    for kind in KINDS:
        load_splits(kind, rows[kind])
        for row in rows[kind]:
            row["colour"] = dominant_colour(row["path"]) if kind == "clothing" else None
    return rows


def read_rows(rows, emoji, parts):
    """Notes features, maps and colour shares on each photo of the splits named, and on each emoji; train photos in crops too."""
    photos = [row for kind in KINDS for row in rows[kind] if row["split"] in parts]
    learnt = [row for row in photos if row["split"] == "train"]
    others = [row for row in photos if row["split"] != "train"] + emoji
    with tempfile.TemporaryDirectory() as folder:
        session = open_backbone(Path(folder) / "backbone.onnx")
        for chosen, crops in ((learnt, CROPS), (others, 0)):
            found = read_pictures(session, [row["path"] for row in chosen], crops)
            for row, features, maps, colours in zip(chosen, *found):
                row["features"], row["maps"], row["colours"] = features, maps, colours


def photo_pool(rows, left_out=()):
    """Train photos of both datasets in one pool, and its (kind, label)s: a shirt is a negative of a lemon."""
    items = [(kind, row) for kind in KINDS for row in rows[kind] if row["split"] == "train" and row["label"] not in left_out]
    classes = sorted({(kind, row["label"]) for kind, row in items})
    return Pool(
        *stacked([row for _, row in items], "features", "maps"),
        [(kind, row["label"]) for kind, row in items],
        [captions(*each) for each in classes],
        [attribute_captions(*item) for item in items],
        [{x for x in (row["variant"], row["colour"]) if x} for _, row in items],
    ), classes


def emoji_pool(rows):
    texts = [[t.format(row["label"]) for t in EMOJI_TEMPLATES] for row in rows]
    return Pool(*stacked(rows, "features", "maps"), [row["label"] for row in rows], texts)


def shares_of(text_head, vectors):
    """[n, 1000 + m]: what texts, as MiniLM's vectors [n, 384], name of ImageNet's classes and of goods."""
    return text_head.shares(text_head.nearness(text_head.centred(vectors)))


@torch.no_grad()
def class_directions(image_head, text_head, photos, drawn, vectors):
    """[1000, 240]: what the class block reads of square roots of shares: the directions that photos, drawn objects and their captions use most
    (uncentred principal components), scaled.
    """
    pictures = [image_head.shares(pool.features[:, 0]).sqrt() for pool in (photos, drawn)]
    words = text_head.roots(shares_of(text_head, vectors))
    gram = sum(x.T @ x / len(x) for x in pictures) / len(pictures) + words.T @ words / len(words)
    gram = gram + 0.5 * torch.eye(len(gram)) / len(gram)
    return scaled(torch.linalg.eigh(gram).eigenvectors[:, -CLASS_DIMENSIONS:], pictures[0], photos)


def scaled(directions, roots, photos):
    """The directions [1000, d] turned and scaled so that photos of one class differ by about as much in each (linear discriminant analysis);
    roots [n, 1000] are the photos'.
    """
    members, rows = photos.members(), roots @ directions
    inside = rows - members @ ((members / members.sum(0)).T @ rows)
    within = inside.T @ (inside * photos.balance[:, None]) / len(rows)
    spread, axes = torch.linalg.eigh(within + FLOOR * within.trace() * torch.eye(len(within)))
    return (directions @ axes * spread.rsqrt()).contiguous()


@torch.no_grad()
def photo_blocks(image_head, photos):
    """(learnt [n, 384], classes [n, 240]) of photos."""
    learnt, _, classes = zip(*(image_head.blocks(features, maps.float()) for features, maps in photos.whole(64)))
    return torch.cat(learnt), torch.cat(classes)


def fit_told(layer, photos, blocks, said, ridge):
    """Ridge regression, as a layer, from blocks [n, b] of photos to what words say of their class, said [k, d], both centred on their mean:
    carried over to pictures that are like some of the classes (ESZSL, Romera-Paredes & Torr 2015).
    """
    share = photos.balance[:, None] / len(photos.label)
    wanted = said[photos.label]
    inputs, outputs = blocks - (share * blocks).sum(0), wanted - (share * wanted).sum(0)
    gram = inputs.T @ (share * inputs) + ridge * torch.eye(inputs.shape[1])
    weight = torch.linalg.solve(gram, inputs.T @ (share * outputs)).T
    layer.weight.data, layer.bias.data = weight, -weight @ (share * blocks).sum(0)


def turned_attributes(known, said):
    """Attributes known [k, a] of the trained classes and said [n, a] of all nouns → ([k, 36], [n, 36]): from the mean of the known, in the
    directions in which these differ most. Of others no photo tells.
    """
    mean = known.mean(0)
    directions = torch.linalg.eigh((known - mean).T @ (known - mean)).eigenvectors[:, -ATTRIBUTE_DIMENSIONS:]
    return (known - mean) @ directions, (normalize(said - mean, dim=-1) @ directions).contiguous()


def colour_layer(text_head, classes, drawn):
    """The text side of the colour block, from names of classes, emoji and products with and without a colour."""
    nouns = {name for name, _ in class_texts()[::5]} | {texts[0] for texts in drawn.captions[::20]}
    nouns |= {name for kind, label in classes for name in VOCABULARY[kind][label]["names"]}
    texts, wanted = colour_texts(sorted(nouns), np.random.default_rng(1))
    return fit_text_colours(text_head.centred(torch.from_numpy(embed_texts(texts))), wanted)


def build_heads(photos, drawn, classes, goods, phases=PHASES):
    """(image head, text head), fitted; classes are the (kind, label) of what is trained."""
    texts = sorted(set(photos.texts()) | set(drawn.texts()))
    vectors = dict(zip(texts, torch.from_numpy(embed_texts(texts))))
    points, mean = (torch.from_numpy(x) for x in class_embeddings())
    image_head = ImageHead(ImageBackbone(), points, photos.features[:, 0])
    owners, said = zip(*((number, text) for number, options in enumerate(photos.captions) for text in dict.fromkeys(options)))
    plain = torch.tensor([place for place, (number, text) in enumerate(zip(owners, said)) if text in plain_captions(*classes[number])])
    text_head = TextHead(points, mean, torch.stack([vectors[text] for text in said]), torch.tensor(owners), plain, goods)
    fit(image_head, text_head, photos, drawn, vectors, phases)
    directions = class_directions(image_head, text_head, photos, drawn, torch.stack(list(vectors.values())))
    image_head.directions, text_head.directions = directions, directions
    learnt, seen = photo_blocks(image_head, photos)
    image_head.kinds = torch.cat([normalize(photos.members().T @ block, dim=-1) for block in (learnt, seen)], -1)
    text_head.kinds = image_head.kinds[:, : points.shape[1]].contiguous()
    with torch.no_grad():
        shares = shares_of(text_head, torch.stack([vectors[VOCABULARY[kind][label]["names"][0]] for kind, label in classes]))
        fit_told(image_head.told, photos, learnt, text_head.classes(shares), TOLD_RIDGE)
        known, text_head.attributes = turned_attributes(normalize(text_head.looks(shares), dim=-1), text_head.attributes)
        fit_told(image_head.attributes, photos, torch.cat([learnt, seen], -1), known, ATTRIBUTE_RIDGE)
    text_head.colours = colour_layer(text_head, classes, drawn)
    return image_head.eval(), text_head.eval()


def main(arguments):
    goods = load_goods()
    check_vocabulary(goods.texts)
    out = Path(arguments.out)
    write_layout(out, DIMENSION, VERSION)
    rows, emoji = load_rows(arguments.data), load_emoji(arguments.emoji)
    read_rows(rows, emoji, {"train"})
    photos, classes = photo_pool(rows)
    image_head, text_head = build_heads(photos, emoji_pool(emoji), classes, goods)
    export_image(out / "onnx/vision_model_quantized.onnx", image_head)
    export_text(out / "onnx/text_model_quantized.onnx", text_head)
    if arguments.float:
        folder = Path(arguments.float) / "onnx"
        folder.mkdir(parents=True, exist_ok=True)
        export_image(folder / "vision_model.onnx", image_head, quantized=False)
        export_text(folder / "text_model.onnx", text_head, quantized=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--emoji", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--float", help="where to write the float32 graphs too, for parity.py")
    torch.set_num_threads(2)
    main(parser.parse_args())
