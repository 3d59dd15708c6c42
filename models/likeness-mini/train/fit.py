"""Fits the learnt block.

Contrastive between photos and captions in both directions and between photos of a class (Khosla et al. 2020,
arXiv:2004.11362), every photo of a class a positive; kept near ConSE (Norouzi et al. 2014) and the text matrix near identity.
"""

import numpy as np
import torch
from torch.nn.functional import cosine_similarity, dropout, normalize

TEMPERATURE = 0.1
PHOTOS, DRAWN = 192, 64
ALIKE, EMOJI, DISTIL, IDENTITY = 0.5, 0.3, 1.5, 0.5
FEATURE_DROPOUT, NOISE = 0.5, 0.1
ATTRIBUTE_SHARE = 0.25
STEPS, RATE, DECAY = 800, 1e-3, 0.05
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
        if photos.attributed[i] and rng.random() < ATTRIBUTE_SHARE:
            text, attribute = photos.attributed[i][rng.integers(len(photos.attributed[i]))]
            texts.append(text)
            classes.append(photos.label[i])
            wanted.append(attribute)
    same = torch.from_numpy(photos.label[rows][:, None] == np.array(classes))
    has = torch.tensor([[w is None or w in photos.attributes[i] for w in wanted] for i in rows])
    unknown = torch.tensor([[w is not None and not photos.attributes[i] for w in wanted] for i in rows])
    return texts, same & has, ~(same & unknown & ~has)


def fit(image_head, text_head, photos, drawn, vectors, seed=0):
    """photos and drawn are Pools, vectors the MiniLM embedding of each of their texts. Changes both heads in place."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    for layer in (image_head.hidden[0], image_head.learnt):
        layer.reset_parameters()  # what they were made with depends on what else drew random numbers before
    with torch.no_grad():
        points = [image_head.point(pool.features.flatten(0, 1)).view(*pool.features.shape[:2], -1) for pool in (photos, drawn)]
    learnt = [*image_head.hidden.parameters(), *image_head.learnt.parameters()]
    groups = [{"params": learnt, "weight_decay": DECAY}, {"params": text_head.turn.parameters(), "weight_decay": 0.01}]
    optimiser = torch.optim.AdamW(groups, RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=STEPS)
    other = ~torch.eye(PHOTOS, dtype=torch.bool)

    def embed(texts):
        return text_head.learn(torch.stack([vectors[t] for t in texts]))

    image_head.train()
    for _ in range(STEPS):
        rows = rng.choice(len(photos.label), PHOTOS, replace=False, p=photos.chance)
        others = rng.choice(len(drawn.label), DRAWN, replace=False)
        view = rng.integers(photos.features.shape[1], size=PHOTOS)
        point = torch.cat([points[0][rows, view], points[1][others, 0]])
        inputs = image_head.standard(torch.cat([photos.features[rows, view], drawn.features[others, 0]]))
        shown = image_head.learn(dropout(inputs + NOISE * torch.randn_like(inputs), FEATURE_DROPOUT), point)
        images, pictures = shown[:PHOTOS], shown[PHOTOS:]

        texts, positive, allowed = caption_batch(photos, rows, rng)
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
    image_head.eval()
    with torch.no_grad():
        plain = image_head.learn(image_head.standard(photos.features[:, 0]), points[0][:, 0])
        means = [plain[torch.from_numpy(photos.label == label)].mean(0) for label in range(len(photos.captions))]
        image_head.kinds = normalize(torch.stack(means), dim=-1)
