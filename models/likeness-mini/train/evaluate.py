"""Measures the files of a model on the test split, apart from the gateway.

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
from data import COLOURS, QUERIES, VOCABULARY
from measure import pictures_to_pictures, words_to_pictures, zero_shot
from towers import load_photo, load_tokenizer, to_pixels
from train import load_rows


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
    """Over photos with a measured colour: how often "a <that colour> <name>" is nearer than a wrong colour, and red or blue t-shirts right."""
    pairs, red_or_blue = [], []
    for row, image in zip(rows, images):
        if row["colour"]:
            name = VOCABULARY["clothing"][row["label"]]["names"][0]
            scores = encoder.words([f"a {colour} {name}" for colour in COLOURS]) @ image
            own = list(COLOURS).index(row["colour"])
            pairs.extend(scores[own] > np.delete(scores, own))
            if row["label"] == "T-Shirt" and row["colour"] in ("red", "blue"):
                red, blue = encoder.words(["a red t-shirt", "a blue t-shirt"]) @ image
                red_or_blue.append((red > blue) == (row["colour"] == "red"))
    return {"pairs": float(np.mean(pairs)), "redOrBlue": float(np.mean(red_or_blue)), "redOrBluePhotos": len(red_or_blue)}


def demo_found(encoder, assets):
    """How many demo products are among the first five pictures for their own name."""
    with open(Path(assets) / "products.csv", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file)][1:]
    rows = [row for row in rows if row[0]]
    images = encoder.pictures([Path(assets) / "images" / row[3].split("|")[0] for row in rows])
    scores = encoder.words([row[0] for row in rows]) @ images.T
    return int(((scores > np.diag(scores)[:, None]).sum(1) < 5).sum()), len(rows)


def latency(encoder, path, rounds=30):
    """Median milliseconds of processor time on one thread, so that other work on the machine counts little."""

    def median(call):
        call()
        times = []
        for _ in range(rounds):
            start = time.thread_time()
            call()
            times.append(time.thread_time() - start)
        return round(1000 * float(np.median(times)), 2)

    pixels = to_pixels(load_photo(path))[None]
    return {
        "textMs": median(lambda: encoder.words(["a pair of running shoes"])),
        "pictureMs": median(lambda: encoder.vision.run(None, {"pixel_values": pixels})),
    }


def main(arguments):
    encoder, report = Encoder(arguments.model), {}
    for kind, rows in load_rows(arguments.data).items():
        chosen = [row for row in rows if row["split"] == arguments.part]
        images = encoder.pictures([row["path"] for row in chosen])
        report[kind] = quality(encoder, kind, images, np.array([row["label"] for row in chosen]))
        if kind == "clothing":
            report["colours"] = colour_choice(encoder, chosen, images)
            report["latency"] = latency(encoder, chosen[0]["path"])
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
