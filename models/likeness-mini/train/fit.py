"""Fits the learnt block: first its heads, on the frozen tower's features, then the heads and its own tail of the tower.

Contrastive between photos and captions in both directions and between photos of a class (Khosla et al. 2020,
arXiv:2004.11362), every photo of a class a positive; kept near ConSE (Norouzi et al. 2014) and the text matrix near identity.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch.nn.functional import cosine_similarity, dropout


class Phase(NamedTuple):
    """How many steps, on batches of how many photos and drawn objects; the share of photos that also have a caption of their
    colour or variety, which smaller batches need more of; whether the tail is tuned.
    """

    steps: int
    photos: int
    drawn: int
    attributes: float
    tail: bool


PHASES = (Phase(400, 192, 64, 0.25, False), Phase(1200, 96, 32, 0.5, True))
TEMPERATURE = 0.1
ALIKE, EMOJI, DISTIL, IDENTITY = 0.5, 0.3, 1.5, 0.5
FEATURE_DROPOUT, NOISE = 0.5, 0.1
RATE, DECAY = 1e-3, 0.05
NEVER = -1e4


def surprise(scores, positive):
    """Mean of −log of the positives' share in the softmax of each row, over rows that have a positive."""
    hits = scores.masked_fill(~positive, NEVER).logsumexp(1)
    return (scores.logsumexp(1) - hits)[positive.any(1)].mean()


def caption_batch(photos, rows, attributes, rng):
    """(texts, positive, allowed): one caption of every class, and of a share of the photos one with their colour or variety.

    An attribute's caption is for photos of the class that have it; whether a photo without a known colour has it
    is unknown, so that pair is left out.
    """
    texts = [options[rng.integers(len(options))] for options in photos.captions]
    classes, wanted = list(range(len(texts))), [None] * len(texts)
    for i in rows:
        if photos.attributed[i] and rng.random() < attributes:
            text, attribute = photos.attributed[i][rng.integers(len(photos.attributed[i]))]
            texts.append(text)
            classes.append(photos.label[i])
            wanted.append(attribute)
    same = torch.from_numpy(photos.label[rows][:, None] == np.array(classes))
    has = torch.tensor([[w is None or w in photos.attributes[i] for w in wanted] for i in rows])
    unknown = torch.tensor([[w is not None and not photos.attributes[i] for w in wanted] for i in rows])
    return texts, same & has, ~(same & unknown & ~has)


def fit(image_head, text_head, photos, drawn, vectors, phases, seed=0):
    """photos and drawn are Pools, vectors the MiniLM embedding of each of their texts. Changes both heads in place."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    for layer in (image_head.hidden[0], image_head.learnt):
        layer.reset_parameters()  # what they were made with depends on what else drew random numbers before
    image_head.train()
    for phase in phases:
        run_phase(phase, image_head, text_head, photos, drawn, vectors, rng)
    image_head.eval()


def run_phase(phase, image_head, text_head, photos, drawn, vectors, rng):
    """The steps of one phase, with an optimiser and a schedule of its own; the rest as in fit."""
    learnt = [*image_head.hidden.parameters(), *image_head.learnt.parameters()]
    groups = [{"params": learnt, "weight_decay": DECAY}, {"params": text_head.turn.parameters(), "weight_decay": 0.01}]
    if phase.tail:
        groups.append({"params": image_head.tail.parameters(), "weight_decay": 0.01})
    optimiser = torch.optim.AdamW(groups, RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=phase.steps)
    other = ~torch.eye(phase.photos, dtype=torch.bool)

    def embed(texts):
        return text_head.learn(torch.stack([vectors[t] for t in texts]))

    for _ in range(phase.steps):
        rows = rng.choice(len(photos.label), phase.photos, replace=False, p=photos.chance)
        others = rng.choice(len(drawn.label), phase.drawn, replace=False)
        view = rng.integers(photos.features.shape[1], size=phase.photos)
        features = torch.cat([photos.features[rows, view], drawn.features[others, 0]])
        point = image_head.point(features)
        if phase.tail:
            maps = torch.cat([photos.maps[rows, view], drawn.maps[others, 0]]).float()
            features = image_head.tuned(features, maps.contiguous(memory_format=torch.channels_last))  # twice as fast
        inputs = image_head.standard(features)
        shown = image_head.learn(dropout(inputs + NOISE * torch.randn_like(inputs), FEATURE_DROPOUT), point)
        images, pictures = shown[: phase.photos], shown[phase.photos :]

        texts, positive, allowed = caption_batch(photos, rows, phase.attributes, rng)
        scores = (images @ embed(texts).T / TEMPERATURE).masked_fill(~allowed, NEVER)
        loss = (surprise(scores, positive) + surprise(scores.T, positive.T)) / 2
        same = torch.from_numpy(photos.label[rows][:, None] == photos.label[rows]) & other
        loss = loss + ALIKE * surprise((images @ images.T / TEMPERATURE).masked_fill(~other, NEVER), same)

        names = [drawn.captions[i][rng.integers(len(drawn.captions[i]))] for i in others]
        matches = torch.from_numpy(drawn.label[others][:, None] == drawn.label[others])
        loss = loss + EMOJI * surprise(pictures @ embed(names).T / TEMPERATURE, matches)
        loss = loss + DISTIL * (1 - cosine_similarity(shown, point)).mean()
        loss = loss + IDENTITY * (text_head.turn.weight - torch.eye(len(text_head.turn.weight))).pow(2).sum() / 384
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
