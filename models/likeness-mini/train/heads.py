"""The small layers on the towers. An embedding is two blocks and a marker of familiarity, side by side.

Learnt block (384): a linear layer on the picture's features and its ConSE point; for words a matrix near identity.
Class block (254): how much of each ImageNet class is in the picture against how much is in the text, as square roots
of shares, so that their dot product is the Bhattacharyya coefficient. No product photo shaped it but for the choice of
directions, so it also speaks for things that training never showed.
Familiarity (2): how surely the picture is of a trained class, as a point on a quarter circle. Words that are far from
every trained name pull away from it ("calibrated stacking", Chao et al. 2016, arXiv:1605.04253), and a gate moves their
weight from the learnt block to the classes. Pictures for one query are still ordered by a dot product.
"""

import torch
from torch import nn
from torch.nn.functional import normalize

CONSE_TEMPERATURE = 1.5
TEXT_TEMPERATURE = 0.03
TEMPERATURE = 0.07
CLASS_WEIGHT = 0.3  # of the picture embedding
KNOWN_WEIGHT = 0.07  # of the class block for words near a trained name
STRANGE_WEIGHT = 0.97  # and for words far from all
FAMILIAR = 0.3  # length of the familiarity marker of a picture
RESERVE = 0.45  # how strongly strange words pull away from it
GATE_SLOPE = 20.0
GATE_MIDDLE = 0.6


def blocks(learnt, shares, weight):
    return [(1 - weight) ** 0.5 * normalize(learnt, dim=-1), weight**0.5 * normalize(shares, dim=-1)]


class ImageHead(nn.Module):
    """features [n, 1280] of the pretrained tail and of the tuned tail → embedding [n, 640]."""

    def __init__(self, weight, bias, classes, mean, std):
        super().__init__()
        self.classifier = nn.Linear(1280, 1000)
        self.classifier.weight.data, self.classifier.bias.data = weight / CONSE_TEMPERATURE, bias / CONSE_TEMPERATURE
        self.conse = nn.Linear(1000, 384, bias=False)
        self.conse.weight.data = classes.T.contiguous()
        self.requires_grad_(False)
        self.learnt = nn.Linear(1280 + 384, 384)
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.projection, self.names = None, None

    def class_shares(self, pretrained):
        return self.classifier(pretrained).softmax(-1).sqrt()

    def point(self, pretrained):
        """ConSE: the class texts weighted by the class probabilities."""
        return normalize(self.conse(self.classifier(pretrained).softmax(-1)), dim=-1)

    def learn(self, tuned, point):
        return normalize(self.learnt(torch.cat([(tuned - self.mean) / self.std, point], -1)), dim=-1)

    def forward(self, pretrained, tuned):
        learnt = self.learn(tuned, self.point(pretrained))
        sure = (learnt @ self.names.T / TEMPERATURE).softmax(-1).amax(-1, keepdim=True)
        marker = FAMILIAR * torch.cat([sure, (1 - sure * sure).clamp(min=0).sqrt()], -1)
        return normalize(torch.cat([*blocks(learnt, self.class_shares(pretrained) @ self.projection, CLASS_WEIGHT), marker], -1), dim=-1)


class TextHead(nn.Module):
    """MiniLM embedding [n, 384] → embedding [n, 640]; names [k, 384] are what pictures were trained with."""

    def __init__(self, classes, mean, names):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("names", normalize(names - mean, dim=-1))
        self.register_buffer("classes", classes)
        self.turn = nn.Linear(384, 384, bias=False)
        nn.init.eye_(self.turn.weight)
        self.projection = None

    def centred(self, embedding):
        return normalize(embedding - self.mean, dim=-1)

    def class_shares(self, embedding):
        return (self.centred(embedding) @ self.classes.T / TEXT_TEMPERATURE).softmax(-1).sqrt()

    def forward(self, embedding):
        text = self.centred(embedding)
        known = (text @ self.names.T).amax(-1, keepdim=True)
        strange = torch.sigmoid(GATE_SLOPE * (GATE_MIDDLE - known))
        weight = KNOWN_WEIGHT + (STRANGE_WEIGHT - KNOWN_WEIGHT) * strange
        reserve = -RESERVE * strange
        joined = [*blocks(self.turn(text), self.class_shares(embedding) @ self.projection, weight), reserve, torch.zeros_like(reserve)]
        return normalize(torch.cat(joined, -1), dim=-1)
