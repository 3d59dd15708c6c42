"""The small layers on the towers. An embedding is four blocks side by side.

Learnt block (384): a small network on the picture's features and its ConSE point; for words a matrix near identity, and on
from there towards photos of the classes whose captions are very like them. It reads the end of the picture's tower through a
copy that is tuned with it; the classes keep the frozen one.
Class block (240): how much of each ImageNet class is in the picture against how much is in the text, as square roots of
shares, in directions in which photos of one class differ about equally. To a picture's comes some of what words say of classes that it is like in
the learnt block. It also speaks for things that training never showed.
Colour block (12): how much of each basic colour the picture's middle has against the colour that the text names.
Attribute block (36): what of attributes.json (sleeves, a collar, round) the first two blocks of a picture tell, against what is said there of the goods that a
strange text names (Direct Attribute Prediction, Lampert et al. 2009).

Words that are nearer to another noun than to any caption, and a picture far from the middle of every class in both of the first
blocks, are strange. A gate then moves weight from the learnt block to the class block, and the learnt block itself
back towards what it was before training (the ConSE point of a picture, MiniLM's embedding of words): what training never
showed is found among pictures that look like nothing it showed. A query is still one vector, and so is a product.
"""

from copy import deepcopy
from typing import NamedTuple

import torch
from class_space import CLASSES
from colours import NONE
from torch import nn
from torch.nn.functional import normalize
from towers import POOLED

CONSE_TEMPERATURE = 1.5
TEXT_TEMPERATURE = 0.03
CLASS_DIMENSIONS = 240
ATTRIBUTE_DIMENSIONS = 36
DIMENSION = 384 + CLASS_DIMENSIONS + NONE + ATTRIBUTE_DIMENSIONS
COLOUR_WEIGHT = 0.05
SAME = 0.95  # the cosine from which a noun and a caption say the same
NEAR, NEAR_SLOPE = 0.8, 20  # the cosine to a caption from which a text is moved towards its photos by half of the most, and how sharply
SEEN, SAID = 0.25, 0.5  # the attribute block's share in a picture, and the most that it has in a text, which falls with the fourth power of strangeness
SURE, SURE_SLOPE = 0.7, 15  # the length of what a text says of attributes from which it has half of that, and how sharply
TOLD = 0.25  # what is told of a picture's like against what is seen in it, in its class block
HIDDEN, HIDDEN_DROPOUT = 512, 0.2


def farness(cosines, middle, slope):
    """[n, 1] in [0, 1], a half where the greatest of the cosines [n, k] is middle."""
    return torch.sigmoid(slope * (middle - cosines.amax(-1, keepdim=True)))


class Gate(NamedTuple):
    """Class block's share of what the colours leave, for the known and the strange; what cosine is between, and how sharply one becomes
    the other there; how far back a strange learnt block goes.
    """

    least: float
    most: float
    middle: float
    slope: float
    back: float

    def strangeness(self, cosines):
        """[n, 1] in [0, 1] by the greatest of the cosines [n, k] to what was trained, or of what these are above the cosine to anything else."""
        return farness(cosines, self.middle, self.slope)

    def join(self, strange, learnt, untrained, classes, colours):
        """Blocks of length at most 1 → one embedding of length 1."""
        learnt = normalize(torch.lerp(learnt, untrained, self.back * strange), dim=-1)
        share, left = self.least + (self.most - self.least) * strange, 1 - COLOUR_WEIGHT
        blocks = [learnt * (left * (1 - share)) ** 0.5, classes * (left * share) ** 0.5, colours * COLOUR_WEIGHT**0.5]
        return normalize(torch.cat(blocks, -1), dim=-1)


def beside(embedding, attributes, share):
    """[n, 672]: an embedding of the other blocks, of length 1, and the attribute block, which gets a share [n, 1] or a number."""
    return normalize(torch.cat([embedding * (1 - share) ** 0.5, normalize(attributes, dim=-1) * share**0.5], -1), dim=-1)


class ImageHead(nn.Module):
    """features [n, 7160], maps [n, 208, 8, 8] and colour shares [n, 12] → embedding [n, 672]; classes are the centred class texts [1000, 384].

    tail, once fitted, is the learnt block's own; kinds [k, 624] is the mean of each trained class in the learnt and the class
    block, each of length 1; told, once fitted, makes of a learnt block [n, 384] what the text head says of its class [n, 240], and attributes
    of both blocks [n, 624] what it says of its class's attributes [n, 36].
    """

    GATE = Gate(least=0.03, most=0.6, middle=0.8, slope=20, back=0.3)

    def __init__(self, backbone, classes, features):
        super().__init__()
        weight, bias = backbone.classifier()
        self.classifier = nn.Linear(*weight.T.shape)
        self.classifier.weight.data, self.classifier.bias.data = weight / CONSE_TEMPERATURE, bias / CONSE_TEMPERATURE
        self.conse = nn.Linear(*classes.shape, bias=False)
        self.conse.weight.data = classes.T.contiguous()
        self.requires_grad_(False)
        self.tail = deepcopy(backbone.tail)
        self.hidden = nn.Sequential(nn.Linear(features.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(HIDDEN_DROPOUT))
        self.learnt = nn.Linear(HIDDEN + classes.shape[1], classes.shape[1])
        self.register_buffer("mean", features.mean(0))
        self.register_buffer("std", features.std(0) + 1e-3)
        self.register_buffer("directions", torch.eye(len(classes)))
        self.register_buffer("kinds", torch.zeros(1, classes.shape[1] + CLASS_DIMENSIONS))
        self.told = nn.Linear(classes.shape[1], CLASS_DIMENSIONS)
        self.attributes = nn.Linear(classes.shape[1] + CLASS_DIMENSIONS, ATTRIBUTE_DIMENSIONS)

    def shares(self, features):
        return self.classifier(features[:, :POOLED]).softmax(-1)

    def point(self, features):
        """ConSE (Norouzi et al. 2014): the class texts weighted by the class probabilities."""
        return normalize(self.conse(self.shares(features)), dim=-1)

    def standard(self, features):
        return (features - self.mean) / self.std

    def tuned(self, features, maps):
        """features [n, 7160] with those of the tail [n, 2304] from the learnt block's own."""
        _, late = self.tail(maps)
        return torch.cat([features[:, :POOLED], late, features[:, POOLED + late.shape[1] :]], 1)

    def learn(self, standard, point):
        return normalize(self.learnt(torch.cat([self.hidden(standard), point], -1)), dim=-1)

    def blocks(self, features, maps):
        """(learnt [n, 384], ConSE point [n, 384], classes [n, 240])"""
        standard, point = self.standard(self.tuned(features, maps)), self.point(features)
        return self.learn(standard, point), point, normalize(self.shares(features).sqrt() @ self.directions, dim=-1)

    def forward(self, features, maps, colours):
        learnt, point, classes = self.blocks(features, maps)
        both = torch.cat([learnt, classes], -1)
        strange = self.GATE.strangeness(both @ self.kinds.T / 2)
        classes = normalize(classes + TOLD * normalize(self.told(learnt), dim=-1), dim=-1)
        return beside(self.GATE.join(strange, learnt, point, classes, normalize(colours, dim=-1)), self.attributes(both), SEEN)


class TextHead(nn.Module):
    """MiniLM embedding [n, 384] → embedding [n, 672]; classes and their mean are the ImageHead's, captions [m, 384] those of the trained classes.

    owners [m] is the number of each caption's class, plain [p] the numbers of those that are in no template, goods are Goods; kinds
    [k, 384], once fitted, the mean of each class's photos in the learnt block; named [a] the numbers of the nouns that have attributes, attributes
    [a, 36], once fitted, these. The gate goes by how much nearer a text is to a plain caption than to the nouns that say something else, which are
    plain too: "buy a blouse" is near to whatever is bought.
    """

    GATE = Gate(least=0.05, most=0.9, middle=0.05, slope=15, back=0.75)

    def __init__(self, classes, mean, captions, owners, plain, goods):
        super().__init__()
        self.register_buffer("captions", normalize(captions - mean, dim=-1))
        self.register_buffer("plain", plain)
        members = nn.functional.one_hot(owners).float()
        self.register_buffer("members", members / members.sum(0))
        self.register_buffer("kinds", torch.zeros(members.shape[1], captions.shape[1]))
        self.register_buffer("mean", mean)
        self.register_buffer("nouns", torch.cat([classes, normalize(goods.vectors - mean, dim=-1)]))
        self.register_buffer("trained", self.trained_nouns(goods.entries))
        self.register_buffer("goods", goods.shares)
        self.register_buffer("columns", goods.columns)
        self.register_buffer("named", goods.attributes.any(1).nonzero()[:, 0])
        self.register_buffer("attributes", goods.attributes[self.named])
        self.turn = nn.Linear(384, 384, bias=False)
        nn.init.eye_(self.turn.weight)
        self.register_buffer("directions", torch.eye(len(classes)))
        self.colours = nn.Linear(384, NONE + 1)

    def trained_nouns(self, entries):
        """[1000 + m]: 1 for the nouns that say the same as a caption, and for what else is of their entry; 0 for the others."""
        entries = torch.cat([torch.arange(CLASSES), CLASSES + entries])
        same = ((self.nouns @ self.captions.T).amax(-1) >= SAME).float()
        return torch.zeros(len(entries)).scatter_reduce(0, entries, same, "amax")[entries]

    def centred(self, embedding):
        return normalize(embedding - self.mean, dim=-1)

    def nearness(self, text):
        """[n, 1000 + m]: cosines of centred texts to the names of ImageNet's classes and of goods."""
        return text @ self.nouns.T

    def shares(self, nearness):
        """[n, 1000 + m], each row's sum is 1: what a text names of ImageNet's classes and of goods."""
        return (nearness / TEXT_TEMPERATURE).softmax(-1)

    def roots(self, shares):
        """Square roots of a text's shares of the ImageNet classes: of those that are near, and of those that goods near it look like."""
        return (shares[:, :CLASSES] + (shares[:, CLASSES:] @ self.goods)[:, self.columns]).sqrt()

    def classes(self, shares):
        """[n, 240]: the class block of texts."""
        return normalize(self.roots(shares) @ self.directions, dim=-1)

    def looks(self, shares):
        """[n, 36], of length at most 1: the attributes of what a text names; the shorter, the less these are alike or the less the trained
        classes tell of such attributes.
        """
        return shares[:, self.named] @ self.attributes

    def learn(self, embedding):
        return normalize(self.turn(self.centred(embedding)), dim=-1)

    def pictured(self, likeness):
        """[n, 384]: what photos of the classes look like whose captions are like the text; likeness [n, m] is its cosines to the captions."""
        shares = (likeness / TEXT_TEMPERATURE).softmax(-1) @ self.members
        return normalize(shares @ self.kinds, dim=-1)

    def forward(self, embedding):
        text = self.centred(embedding)
        likeness, nearness = text @ self.captions.T, self.nearness(text)
        others = (nearness - 2 * self.trained).amax(-1, keepdim=True)  # no cosine is farther than 2 from another
        near, strange = 1 - farness(likeness, NEAR, NEAR_SLOPE), self.GATE.strangeness(likeness[:, self.plain] - others)
        learnt = normalize(self.learn(embedding) + near * self.pictured(likeness), dim=-1)
        shares, colours = self.shares(nearness), self.colours(text).softmax(-1)[:, :NONE]
        looks = self.looks(shares)
        sure = torch.sigmoid(SURE_SLOPE * (looks.norm(dim=-1, keepdim=True) - SURE))
        return beside(self.GATE.join(strange, learnt, text, self.classes(shares), colours), looks, SAID * strange**4 * sure)
