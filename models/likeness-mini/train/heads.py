"""The small layers on the frozen towers, two blocks side by side.

Learnt block: a linear layer on the picture's features and its ConSE point; on the text side a matrix near identity.
Class block: how much of each ImageNet class is in the picture against how much is in the text, as square roots of
shares, so that their dot product is the Bhattacharyya coefficient. Nothing in it is learnt from product photos, so it
also speaks for things that training never showed. A gate on the text side moves weight between the blocks: words near
a trained name lean on the learnt block, others on the classes. The order of pictures for one query stays a cosine order.
"""

import torch
from torch import nn
from torch.nn.functional import normalize

CONSE_TEMPERATURE = 1.5
TEXT_TEMPERATURE = 0.03


def join(learnt, shares, projection, block_weight):
    if projection is not None:
        shares = normalize(shares @ projection, dim=-1)
    return torch.cat([(1 - block_weight) ** 0.5 * normalize(learnt, dim=-1), block_weight**0.5 * shares], -1)


class ImageHead(nn.Module):
    def __init__(self, weight, bias, classes, mean, std, block_weight):
        super().__init__()
        self.classifier = nn.Linear(1280, 1000)
        self.classifier.weight.data, self.classifier.bias.data = weight / CONSE_TEMPERATURE, bias / CONSE_TEMPERATURE
        self.conse = nn.Linear(1000, 384, bias=False)
        self.conse.weight.data = classes.T.contiguous()
        self.requires_grad_(False)
        self.learnt = nn.Linear(1280 + 384, 384)
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.block_weight, self.projection = block_weight, None

    def class_shares(self, features):
        return self.classifier(features).softmax(-1).sqrt()

    def inputs(self, features):
        point = normalize(self.conse(self.classifier(features).softmax(-1)), dim=-1)
        return torch.cat([(features - self.mean) / self.std, point], -1)

    def forward(self, features):
        learnt = self.learnt(self.inputs(features))
        return join(learnt, self.class_shares(features), self.projection, self.block_weight)


class TextHead(nn.Module):
    def __init__(self, classes, mean, names, block_weight, slope, middle):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("names", normalize(names - mean, dim=-1))
        self.slope, self.middle = slope, middle
        self.register_buffer("classes", classes)
        self.turn = nn.Linear(384, 384, bias=False)
        nn.init.eye_(self.turn.weight)
        self.block_weight, self.projection = block_weight, None

    def centred(self, embedding):
        return normalize(embedding - self.mean, dim=-1)

    def class_shares(self, embedding):
        return (self.centred(embedding) @ self.classes.T / TEXT_TEMPERATURE).softmax(-1).sqrt()

    def forward(self, embedding):
        text = self.centred(embedding)
        known = (text @ self.names.T).amax(-1, keepdim=True)
        strange = torch.sigmoid(self.slope * (self.middle - known))
        weight = self.block_weight + (0.999 - self.block_weight) * strange
        return join(self.turn(text), self.class_shares(embedding), self.projection, weight)
