"""Classes left out of training: 5 draws of 3 clothing and 10 grocery classes, all classes in the gallery.

    python holdout.py --data DATASETS --emoji EMOJI [--part validation --seed 100] [--without-goods] [--no-tail]

An emoji whose name or tags share a word with a left-out class is left out too; goods.json tells of such a class by words alone and stays,
unless --without-goods leaves out its phrases that share a word with it. --no-tail is a fit of the heads alone. Heads and tower are float32.
"""

import argparse
import json

import numpy as np
import torch
from class_space import load_goods
from data import KINDS, QUERIES, VOCABULARY, words_of
from emoji import load_emoji
from features import stacked
from fit import PHASES
from measure import words_to_pictures
from towers import embed_texts
from train import build_heads, emoji_pool, load_rows, photo_pool, read_rows

DRAWS = 5


def main(arguments):
    rows, emoji = load_rows(arguments.data), load_emoji(arguments.emoji)
    read_rows(rows, emoji, {"train", arguments.part})
    queries = [(kind, label, q.format(VOCABULARY[kind][label]["names"][0])) for kind in KINDS for label in VOCABULARY[kind] for q in QUERIES]
    embedded = torch.from_numpy(embed_texts([text for _, _, text in queries]))
    results = []
    for draw in range(DRAWS):
        rng = np.random.default_rng(arguments.seed + draw)
        left_out = set().union(*(rng.choice(sorted(VOCABULARY[kind]), size, replace=False) for kind, size in zip(KINDS, (3, 10))))
        found = measure_draw(rows, emoji, queries, embedded, left_out, arguments)
        results.append(found)
        print(json.dumps({"leftOut": sorted(left_out), **found}), flush=True)
    for name in results[0]:
        values = [found[name] for found in results]
        print(f"{name}: mean {np.mean(values):.3f}, {min(values):.3f} to {max(values):.3f}")


def measure_draw(rows, emoji, queries, embedded, left_out, arguments):
    """Precision@10 of words to pictures, left-out and trained classes apart."""
    names = words_of(n for kind in KINDS for label in left_out & set(VOCABULARY[kind]) for n in [label, *VOCABULARY[kind][label]["names"]])
    kept = [row for row in emoji if not names & words_of([row["label"], *row["tags"]])]
    photos, classes = photo_pool(rows, left_out)
    goods = load_goods(names if arguments.without_goods else frozenset())
    phases = [phase for phase in PHASES if not (phase.tail and arguments.no_tail)]
    image_head, text_head = build_heads(photos, emoji_pool(kept), classes, goods, phases)
    found = {}
    for kind in KINDS:
        chosen = [row for row in rows[kind] if row["split"] == arguments.part]
        features, maps, colours = stacked(chosen, "features", "maps", "colours")
        with torch.no_grad():
            images, texts = image_head(features[:, 0], maps[:, 0].float(), colours).numpy(), text_head(embedded).numpy()
        labels = np.array([row["label"] for row in chosen])
        for name, wanted in (("unseen", True), ("seen", False)):
            mine = [i for i, (k, label, _) in enumerate(queries) if k == kind and (label in left_out) == wanted]
            found[f"{kind} {name}"] = words_to_pictures(texts[mine], images, [queries[i][1] for i in mine], labels)[0]
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--emoji", required=True)
    parser.add_argument("--part", choices=["validation", "test"], default="test")
    parser.add_argument("--seed", type=int, default=200)
    parser.add_argument("--without-goods", action="store_true")
    parser.add_argument("--no-tail", action="store_true")
    torch.set_num_threads(2)
    main(parser.parse_args())
