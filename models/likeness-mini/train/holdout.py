"""Classes left out of training: 5 draws of 3 clothing and 10 grocery classes, all classes in the gallery.

    python holdout.py --data DATASETS --emoji EMOJI [--part validation --seed 100]

An emoji whose name or tags share a word with a left-out class is left out too. The trunk is int8, the heads float32;
the tail stays as pretrained, since tuning it five times would take hours.
"""

import argparse
import json
import re
import tempfile
from pathlib import Path

import numpy as np
import torch
from data import KINDS, QUERIES, VOCABULARY
from emoji import load_emoji
from measure import words_to_pictures
from pools import run_trunk
from towers import embed_texts
from train import build_heads, emoji_pool, load_rows, open_trunk, photo_pool, train_items

DRAWS = 5


def words_of(texts):
    return {word.rstrip("s") for text in texts for word in re.findall("[a-z]+", text.lower())}


def main(arguments):
    rows = load_rows(arguments.data)
    emoji = load_emoji(arguments.emoji)
    with tempfile.TemporaryDirectory() as folder:
        trunk = open_trunk(Path(folder) / "trunk.onnx", train_items(rows))
        features = {kind: run_trunk(trunk, [row["path"] for row in rows[kind]])[1] for kind in KINDS}
        emoji_features = run_trunk(trunk, [row["path"] for row in emoji])[1]
    for kind in KINDS:
        for row, own in zip(rows[kind], features[kind]):
            row["features"] = own
    queries = [(kind, label, q.format(VOCABULARY[kind][label]["names"][0])) for kind in KINDS for label in VOCABULARY[kind] for q in QUERIES]
    embedded = torch.from_numpy(embed_texts([text for _, _, text in queries]))
    results = []
    for draw in range(DRAWS):
        rng = np.random.default_rng(arguments.seed + draw)
        left_out = {kind: set(rng.choice(sorted(VOCABULARY[kind]), size, replace=False)) for kind, size in zip(KINDS, (3, 10))}
        found = measure_draw(rows, emoji, emoji_features, queries, embedded, left_out, arguments.part)
        results.append(found)
        print(json.dumps({"leftOut": sorted(left_out["clothing"] | left_out["grocery"]), **found}), flush=True)
    for name in results[0]:
        values = [found[name] for found in results]
        print(f"{name}: mean {np.mean(values):.3f}, {min(values):.3f} to {max(values):.3f}")


def measure_draw(rows, emoji, emoji_features, queries, embedded, left_out, part):
    """Precision@10 of words to pictures, left-out and trained classes apart."""
    names = words_of(n for kind in KINDS for label in left_out[kind] for n in [label, *VOCABULARY[kind][label]["names"]])
    kept = [i for i, row in enumerate(emoji) if not names & words_of([row["label"], *row["tags"]])]
    absent = left_out["clothing"] | left_out["grocery"]
    items = train_items(rows, absent)
    photos = photo_pool(items, [(None, torch.stack([row["features"] for _, row in items]))])
    drawn = emoji_pool([emoji[i] for i in kept], [(None, emoji_features[kept])])
    image_head, text_head = build_heads(photos, drawn, sorted({(kind, row["label"]) for kind, row in items}))
    found = {}
    for kind in KINDS:
        chosen = [row for row in rows[kind] if row["split"] == part]
        pictures = torch.stack([row["features"] for row in chosen])
        with torch.no_grad():
            images, texts = image_head(pictures, pictures).numpy(), text_head(embedded).numpy()
        labels = np.array([row["label"] for row in chosen])
        for name, wanted in (("unseen", True), ("seen", False)):
            mine = [i for i, (k, label, _) in enumerate(queries) if k == kind and (label in absent) == wanted]
            found[f"{kind} {name}"] = words_to_pictures(texts[mine], images, [queries[i][1] for i in mine], labels)[0]
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--emoji", required=True)
    parser.add_argument("--part", choices=["validation", "test"], default="test")
    parser.add_argument("--seed", type=int, default=200)
    torch.set_num_threads(2)
    main(parser.parse_args())
