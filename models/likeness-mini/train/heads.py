"""The small layers on the frozen towers.

Learnt block: a linear layer on the picture's features and its ConSE point; on the text side a matrix near identity.
Class block: how much each ImageNet class is in the picture, against how much it is in the text; nothing in it is
learnt from product photos, so it also speaks for things that training never showed. A gate on the text side shifts
weight between the blocks: words near a concept that training has seen lean on the learnt block, others on the classes.
"""

import torch
from torch import nn
from torch.nn.functional import normalize

CONSE_TEMPERATURE = 1.5
TEXT_TEMPERATURE = 0.03


class ImageHead(nn.Module):
    def __init__(self, weight, bias, classes, mean, std, block_weight=0.3, projection=None):
        super().__init__()
        self.classifier = nn.Linear(1280, 1000)
        self.classifier.weight.data, self.classifier.bias.data = weight / CONSE_TEMPERATURE, bias / CONSE_TEMPERATURE
        self.conse = nn.Linear(1000, 384, bias=False)
        self.conse.weight.data = classes.T.contiguous()
        self.classifier.requires_grad_(False)
        self.conse.requires_grad_(False)
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.learnt = nn.Linear(1280 + 384, 384)
        self.block_weight = block_weight
        self.projection = projection

    def class_point(self, features):
        return self.classifier(features).softmax(-1)

    def inputs(self, features):
        point = normalize(self.conse(self.class_point(features)), dim=-1)
        return torch.cat([(features - self.mean) / self.std, point], -1)

    def forward(self, features):
        shares = self.class_point(features).sqrt()
        if self.projection is not None:
            shares = normalize(shares @ self.projection, dim=-1)
        learnt = normalize(self.learnt(self.inputs(features)), dim=-1)
        w = self.block_weight
        return torch.cat([(1 - w) ** 0.5 * learnt, w**0.5 * shares], -1)


class TextHead(nn.Module):
    def __init__(self, classes, mean, anchors, block_weight=0.3, slope=0.0, middle=0.5, projection=None):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("classes", classes)
        self.register_buffer("anchors", anchors)
        self.turn = nn.Linear(384, 384, bias=False)
        nn.init.eye_(self.turn.weight)
        self.block_weight, self.slope, self.middle = block_weight, slope, middle
        self.projection = projection

    def centred(self, embedding):
        return normalize(embedding - self.mean, dim=-1)

    def forward(self, embedding):
        text = self.centred(embedding)
        shares = (text @ self.classes.T / TEXT_TEMPERATURE).softmax(-1).sqrt()
        if self.projection is not None:
            shares = normalize(shares @ self.projection, dim=-1)
        learnt = normalize(self.turn(text), dim=-1)
        known = (text @ self.anchors.T).amax(-1, keepdim=True)
        strange = torch.sigmoid(self.slope * (self.middle - known))
        w = self.block_weight + (1 - self.block_weight) * strange * float(self.slope > 0)
        return torch.cat([(1 - w) ** 0.5 * learnt, w**0.5 * shares], -1)
