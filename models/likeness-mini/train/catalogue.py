"""Writes catalogues and queries for `likeness evaluate`: every photo with its category and split.

    python catalogue.py --data DATASETS --out FOLDER

FOLDER gets clothing.ndjson, grocery.ndjson and all.ndjson, whose pictures are absolute paths, and for each kind
plain-queries.ndjson (three templates of a class's name) and unseen-queries.ndjson (phrasings that no caption used).
all.ndjson also has the 81 grocery products with their texts, which training did not see: every second one is test,
the others validation.
"""

import argparse
import json
from pathlib import Path

from data import KINDS, QUERIES, VOCABULARY, load_catalogue, load_splits


def lines(items):
    return "".join(json.dumps(item) + "\n" for item in items)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--data", required=True)
parser.add_argument("--out", required=True)
arguments = parser.parse_args()
out, photos = Path(arguments.out), {}
out.mkdir(parents=True, exist_ok=True)
for kind in KINDS:
    rows = load_catalogue(Path(arguments.data).resolve() / kind)
    load_splits(kind, rows)
    names = {label: words["names"][0] for label, words in VOCABULARY[kind].items()}
    photos[kind] = [
        {"id": f"{kind}-{i}", "category": names[row["label"]], "split": row["split"], "image": row["path"]} for i, row in enumerate(rows)
    ]
    (out / f"{kind}.ndjson").write_text(lines(photos[kind]))
    plain = [{"text": q.format(name), "category": name} for name in names.values() for q in QUERIES]
    unseen = [{"text": text, "category": names[label]} for label, words in VOCABULARY[kind].items() for text in words["unseen"]]
    (out / f"{kind}-plain-queries.ndjson").write_text(lines(plain))
    (out / f"{kind}-unseen-queries.ndjson").write_text(lines(unseen))

folder = Path(arguments.data).resolve() / "grocery"
products = [json.loads(line) for line in (folder / "products.ndjson").read_text().splitlines()]
texts = [
    {
        **{name: product[name] for name in ("id", "title", "description")},
        "category": VOCABULARY["grocery"][product["category"]]["names"][0],
        "split": "test" if i % 2 else "validation",
        "image": str(folder / product["image"]),
    }
    for i, product in enumerate(products)
]
(out / "all.ndjson").write_text(lines([*photos["clothing"], *photos["grocery"], *texts]))
