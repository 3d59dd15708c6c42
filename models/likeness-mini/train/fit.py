"""Fits the learnt block and, where given maps, the tail under it.

Contrastive between photos and captions in both directions and between photos of a class, every photo of a class a
positive; kept near ConSE (Norouzi et al. 2014) and the text matrix near identity.
"""

import numpy as np
import torch
from heads import TEMPERATURE
from torch.nn.functional import cosine_similarity, dropout, normalize

PHOTOS, DRAWN = 96, 32
ALIKE, EMOJI, DISTIL, IDENTITY = 0.5, 0.3, 0.5, 1.0
FEATURE_DROPOUT = 0.2
COLOUR_SHARE = 0.4
HEAD_RATE, TAIL_RATE = 1.5e-3, 3e-4
NEVER = -1e4


def surprise(scores, positive):
    """Mean of −log of the positives' share in the softmax of each row, over rows that have a positive."""
    hits = scores.masked_fill(~positive, NEVER).logsumexp(1)
    return (scores.logsumexp(1) - hits)[positive.any(1)].mean()


def caption_batch(photos, rows, rng):
    """(texts, positive, allowed): one caption of every class, and of some photos one with their colour or variety.

    An attribute's caption is for photos of the class that have it; whether a photo without a known colour has it
    is unknown, so that pair is left out.
    """
    texts = [options[rng.integers(len(options))] for options in photos.captions]
    classes, wanted = list(range(len(texts))), [None] * len(texts)
    for i in rows:
        if photos.attributed[i] and rng.random() < COLOUR_SHARE:
            text, attribute = photos.attributed[i][rng.integers(len(photos.attributed[i]))]
            texts.append(text)
            classes.append(photos.label[i])
            wanted.append(attribute)
    same = torch.from_numpy(photos.label[rows][:, None] == np.array(classes))
    has = torch.tensor([[w is None or w in photos.attributes[i] for w in wanted] for i in rows])
    unknown = torch.tensor([[w is not None and not photos.attributes[i] for w in wanted] for i in rows])
    return texts, same & has, ~(same & unknown & ~has)


def fit(image_head, text_head, photos, drawn, vectors, tail=None, steps=220, seed=0):
    """Without a tail the views' pretrained features stand for the tuned ones: seconds instead of minutes."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    ridge_start(image_head, photos.features[0])
    groups = [{"params": [*image_head.learnt.parameters(), *text_head.turn.parameters()], "lr": HEAD_RATE, "weight_decay": 0.01}]
    if tail:
        groups.append({"params": list(tail.parameters()), "lr": TAIL_RATE, "weight_decay": 0.02})
    optimiser = torch.optim.AdamW(groups)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [g["lr"] for g in groups], total_steps=steps)

    def embed(texts):
        return normalize(text_head.turn(text_head.centred(torch.stack([vectors[t] for t in texts]))), dim=-1)

    for _ in range(steps):
        rows = rng.choice(len(photos.label), PHOTOS, replace=False, p=photos.chance)
        others = rng.choice(len(drawn.label), DRAWN, replace=False)
        pretrained, tuned = (torch.cat(pair) for pair in zip(photos.view(rows, rng, tail), drawn.view(others, rng, tail)))
        tuned = tail(tuned) if tail else tuned
        with torch.no_grad():
            point = image_head.point(pretrained)
        shown = image_head.learn(dropout(tuned - image_head.mean, FEATURE_DROPOUT) + image_head.mean, point)
        images, pictures = shown[:PHOTOS], shown[PHOTOS:]

        texts, positive, allowed = caption_batch(photos, rows, rng)
        words = embed(texts)
        scores = (images @ words.T / TEMPERATURE).masked_fill(~allowed, NEVER)
        loss = (surprise(scores, positive) + surprise(scores.T, positive.T)) / 2
        other = ~torch.eye(PHOTOS, dtype=torch.bool)
        same = torch.from_numpy(photos.label[rows][:, None] == photos.label[rows]) & other
        loss = loss + ALIKE * surprise((images @ images.T / TEMPERATURE).masked_fill(~other, NEVER), same)

        names = [drawn.captions[i][rng.integers(len(drawn.captions[i]))] for i in others]
        matches = torch.from_numpy(drawn.label[others][:, None] == drawn.label[others])
        loss = loss + EMOJI * surprise(pictures @ embed(names).T / TEMPERATURE, matches)
        loss = loss + DISTIL * (1 - cosine_similarity(shown, point)).mean()
        loss = loss + IDENTITY * (text_head.turn.weight - torch.eye(384)).pow(2).sum() / 384
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()


@torch.no_grad()
def ridge_start(head, features, strength=1000.0):
    """Starts the learnt layer as the ridge regression from its inputs to the ConSE point."""
    point = head.point(features)
    given = torch.cat([(features - head.mean) / head.std, point], -1)
    gram = given.T @ given + strength * torch.eye(given.shape[1])
    head.learnt.weight.copy_(torch.linalg.solve(gram, given.T @ point).T)
    head.learnt.bias.zero_()
