"""What int8 costs, and whether an embedding depends on its batch.

    python parity.py --model DIRECTORY --float FLOAT --data DATASETS
"""

import argparse
import json

import numpy as np
import torch
from data import KINDS, QUERIES, VOCABULARY, load_catalogue, load_splits
from evaluate import Encoder
from towers import load_photo, to_pixels

PHOTOS = 100  # test photos a dataset


def cosines(a, b):
    found = (a * b).sum(1)
    return {"mean": round(float(found.mean()), 5), "minimum": round(float(found.min()), 5)}


def main(arguments):
    small, full = Encoder(arguments.model), Encoder(arguments.float)
    report = {}
    for kind in KINDS:
        rows = load_catalogue(f"{arguments.data}/{kind}")
        load_splits(kind, rows)
        paths = [row["path"] for row in rows if row["split"] == "test"]
        chosen = [paths[i] for i in np.random.default_rng(0).choice(len(paths), PHOTOS, replace=False)]
        alone = small.pictures(chosen)
        report[kind] = cosines(alone, full.pictures(chosen))
        batch = small.vision.run(None, {"pixel_values": np.stack([to_pixels(load_photo(path)) for path in chosen[:16]])})[0]
        report[f"{kind}, alone against a batch of 16"] = cosines(alone[:16], batch)
    texts = [q.format(name) for kind in KINDS for words in VOCABULARY[kind].values() for name in words["names"] for q in QUERIES]
    alone = np.concatenate([small.words([text]) for text in texts])
    report["text"] = cosines(alone, np.concatenate([full.words([text]) for text in texts]))
    long = "a very long description of a product " * 20
    report["text, alone against a batch with a long one"] = cosines(alone, small.words([*texts, long])[:-1])
    print(json.dumps(report, indent=2))


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", required=True)
parser.add_argument("--float", required=True)
parser.add_argument("--data", required=True)
main(parser.parse_args())
