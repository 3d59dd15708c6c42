"""Writes a CLIP model of random weights and what Hugging Face's own Python pipeline makes of pictures and words.

    python make_reference.py tiny DIRECTORY --repository ../../..     the committed fixture, test/fixtures/tiny-clip
    python make_reference.py full DIRECTORY --repository ../../..     ViT-B/32 of full size, about 600 MB

Weights come from a fixed seed. Random weights prove a pipeline as well as trained ones do, provided that different
inputs get different embeddings, so the script stops when the mean cosine between inputs is not below .95.
Pictures are turned upright, transparency is flattened on white, then CLIPImageProcessor (PIL) does the rest in float32.
A picture with 16 bits a channel is brought to 8 bits by keeping the high byte.
"""

import argparse
import gzip
import json
import sys
from pathlib import Path

import numpy as np
import open_clip
import pillow_avif  # noqa: F401  (registers AVIF with Pillow)
import torch
from PIL import Image, ImageOps
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizer, CLIPTokenizerFast
from transformers.models.clip.tokenization_clip import bytes_to_unicode

SEED = 20
FULL_MERGES = 49152 - 256 - 2
TINY_MERGES = 2000
SHOP = "node_modules/@vendure/create/assets/images/"
PHOTOS = [
    SHOP + name
    for name in (
        "derick-david-409858-unsplash.jpg",
        "kelly-sikkema-685291-unsplash.jpg",
        "oscar-ivan-esquivel-arteaga-687447-unsplash.jpg",
        "stoica-ionela-530966-unsplash.jpg",
        "vincent-botta-736919-unsplash.jpg",
        "silvia-agrasar-227575-unsplash.jpg",
    )
]
DRAWN = "test/fixtures/images/"
TEXTS = [
    "",
    "a",
    "running shoes",
    "a photo of a red t-shirt",
    "RUNNING SHOES",
    "  spaces   and\ttabs\nand lines ",
    "women's winter coat, size 38",
    "don't we'll they're I'm",
    "3.5mm jack, 1080p, 16GB",
    "café crème brûlée",
    "Größe Straße",
    "кроссовки",
    "赤いスニーカー",
    "حذاء",
    "👟 sneakers 🎒",
    "👩‍👩‍👧 family",
    "100% cotton -- machine-washable!!! (40°C)",
    "&amp; html &lt;b&gt;",
    "<|endoftext|> inside",
    "ﬁne ligature Ⅷ",
    "one two three four five six seven eight nine ten " * 12,
]


def load_photo(path):
    with Image.open(path) as opened:
        photo = ImageOps.exif_transpose(opened)
        if photo.mode.startswith("I;16"):
            photo = Image.fromarray((np.asarray(photo) >> 8).astype(np.uint8))
        if photo.mode in ("RGBA", "LA", "PA") or "transparency" in photo.info:
            rgba = photo.convert("RGBA")
            photo = Image.alpha_composite(Image.new("RGBA", rgba.size, (255, 255, 255, 255)), rgba)
        return photo.convert("RGB")


def write_tokenizer(folder, merges):
    """CLIP's own BPE, cut after so many merges, as vocab.json + merges.txt → tokenizer.json."""
    source = Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
    lines = gzip.decompress(source.read_bytes()).decode().split("\n")[1 : merges + 1]
    letters = list(bytes_to_unicode().values())
    words = letters + [x + "</w>" for x in letters] + ["".join(x.split()) for x in lines]
    words += ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(lines) + "\n")
    files = (str(folder / "vocab.json"), str(folder / "merges.txt"))
    slow = CLIPTokenizer(*files, model_max_length=77)
    tokenizer = CLIPTokenizerFast(*files, model_max_length=77)
    tokenizer.save_pretrained(folder)
    for name in ("vocab.json", "merges.txt"):
        (folder / name).unlink()
    return tokenizer, slow


def build(kind, vocabulary):
    config = CLIPConfig()
    if kind == "tiny":
        layers = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128}
        config = CLIPConfig(
            text_config={"hidden_size": 64, "vocab_size": vocabulary, **layers},
            vision_config={"hidden_size": 64, "image_size": 224, "patch_size": 32, **layers},
            projection_dim=64,
        )
    config.text_config.bos_token_id, config.text_config.eos_token_id = vocabulary - 2, vocabulary - 1
    config.text_config.pad_token_id = vocabulary - 1
    config._attn_implementation = "eager"
    torch.manual_seed(SEED)
    model = CLIPModel._from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():  # CLIP's initial scale is so small that all inputs would look alike
        for name, weight in model.named_parameters():
            if weight.ndim >= 2:
                fan_in = weight[0].numel()
                gain = 1.0 if "embedding.weight" in name else 3.0 / fan_in**0.5
                weight.normal_(0, gain)
    return model


class TextSide(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model.get_text_features(input_ids=input_ids, attention_mask=attention_mask)


class VisionSide(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model.get_image_features(pixel_values=pixel_values)


def export(model, folder):
    (folder / "onnx").mkdir(exist_ok=True)
    ids = torch.full((2, 77), model.config.text_config.eos_token_id)
    sides = [
        (TextSide, (ids, torch.ones_like(ids)), ["input_ids", "attention_mask"], "text", {0: "n", 1: "tokens"}),
        (VisionSide, (torch.zeros(2, 3, 224, 224),), ["pixel_values"], "vision", {0: "n"}),
    ]
    for side, inputs, names, kind, axes in sides:
        output = "text_embeds" if kind == "text" else "image_embeds"
        torch.onnx.export(
            side(model),
            inputs,
            str(folder / "onnx" / f"{kind}_model.onnx"),
            opset_version=17,
            input_names=names,
            output_names=[output],
            dynamic_axes={**{name: axes for name in names}, output: {0: "n"}},
            dynamo=False,
        )


def check_spread(kind, rows):
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = unit @ unit.T
    mean = (cosines.sum() - len(rows)) / (len(rows) * (len(rows) - 1))
    print(f"{kind}: mean cosine between different inputs {mean:.3f}")
    if mean >= 0.95:
        sys.exit("the random weights do not tell inputs apart")


def rounded(rows):
    return [[round(float(x), 6) for x in row] for row in rows]


@torch.no_grad()
def main(kind, folder, repository):
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer, slow = write_tokenizer(folder, TINY_MERGES if kind == "tiny" else FULL_MERGES)
    model = build(kind, len(tokenizer))
    model.config.to_json_file(folder / "config.json", use_diff=False)
    processor = CLIPImageProcessor()
    processor.save_pretrained(folder)
    export(model, folder)

    texts = tokenizer(TEXTS, truncation=True, max_length=77)
    if [slow(t, truncation=True, max_length=77).input_ids for t in TEXTS] != texts.input_ids:
        print("note: the slow tokenizer differs; the fast one, tokenizer.json, is the reference")
    text_rows = [
        model.get_text_features(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.int64))
        for ids in texts.input_ids
    ]
    pictures = PHOTOS + sorted(DRAWN + p.name for p in (repository / DRAWN).iterdir())
    options = {"input_data_format": "channels_last", "return_tensors": "pt"}  # stated: 1 x 1 x 3 is ambiguous
    pixels = [processor(load_photo(repository / p), **options).pixel_values for p in pictures]
    image_rows = [model.get_image_features(pixel_values=p) for p in pixels]
    text_rows, image_rows = torch.cat(text_rows).numpy(), torch.cat(image_rows).numpy()
    check_spread("texts", text_rows)
    check_spread("pictures", image_rows)
    units = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (text_rows, image_rows)]
    reference = {
        "texts": [
            {"text": text, "inputIds": ids, "embedding": row}
            for text, ids, row in zip(TEXTS, texts.input_ids, rounded(units[0]))
        ],
        "images": [
            {"path": path, "pixelMean": round(float(p.mean()), 6), "embedding": row}
            for path, p, row in zip(pictures, pixels, rounded(units[1]))
        ],
    }
    (folder / "reference.json").write_text(json.dumps(reference, ensure_ascii=False) + "\n")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("kind", choices=["tiny", "full"])
parser.add_argument("directory", type=Path)
parser.add_argument("--repository", type=Path, default=Path("."))
arguments = parser.parse_args()
main(arguments.kind, arguments.directory, arguments.repository)
