"""Classes left out of training: 5 draws of 3 clothing and 10 grocery classes, all classes in the gallery, float32.

    python holdout.py --data DATASETS --emoji EMOJI

An emoji whose name or tags share a word with a left-out class is left out too.
"""

import argparse
import json
import re

import numpy as np
import torch
from data import QUERIES, VOCABULARY
from emoji import load_emoji
from measure import words_to_pictures
from towers import embed_photos, embed_texts
from train import KINDS, build_heads, embed_captions, emoji_pool, prepare, product_pool

DRAWS = 5


def words_of(texts):
    return {word.rstrip("s") for text in texts for word in re.findall("[a-z]+", text.lower())}


def main(arguments):
    rows, features = prepare(arguments.data)
    emoji = load_emoji(arguments.emoji)
    emoji_features = torch.from_numpy(embed_photos([row["path"] for row in emoji]))
    queries = [(kind, label, q.format(VOCABULARY[kind][label]["names"][0])) for kind in KINDS for label in VOCABULARY[kind] for q in QUERIES]
    embedded = torch.from_numpy(embed_texts([text for _, _, text in queries]))
    results = []
    for draw in range(DRAWS):
        rng = np.random.default_rng(200 + draw)
        left_out = {kind: set(rng.choice(sorted(VOCABULARY[kind]), size, replace=False)) for kind, size in zip(KINDS, (3, 10))}
        names = words_of(n for kind in KINDS for label in left_out[kind] for n in [label, *VOCABULARY[kind][label]["names"]])
        kept = [i for i, row in enumerate(emoji) if not names & words_of([row["label"], *row["tags"]])]
        absent = left_out["clothing"] | left_out["grocery"]
        pools = [product_pool(rows, features, absent), emoji_pool([emoji[i] for i in kept], emoji_features[kept])]
        labels = {kind + label for kind in KINDS for label in VOCABULARY[kind] if label not in absent}
        image_head, text_head = build_heads(pools, embed_captions(pools), labels)
        found = {}
        for kind in KINDS:
            chosen = [i for i, row in enumerate(rows[kind]) if row["split"] == arguments.part]
            gallery = np.array([rows[kind][i]["label"] for i in chosen])
            with torch.no_grad():
                images, texts = image_head(features[kind][chosen]).numpy(), text_head(embedded).numpy()
            for name, wanted in (("unseen", True), ("seen", False)):
                mine = [i for i, (k, label, _) in enumerate(queries) if k == kind and (label in absent) == wanted]
                found[f"{kind} {name}"] = words_to_pictures(texts[mine], images, [queries[i][1] for i in mine], gallery)[0]
        results.append(found)
        print(json.dumps({"leftOut": sorted(absent), **found}), flush=True)
    for name in results[0]:
        values = [found[name] for found in results]
        print(f"{name}: mean {np.mean(values):.3f}, {min(values):.3f} to {max(values):.3f}")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--data", required=True)
parser.add_argument("--emoji", required=True)
parser.add_argument("--part", choices=["validation", "test"], default="test")
torch.set_num_threads(2)
main(parser.parse_args())
