"""Fits the learnt block: multi-positive contrastive loss, kept near ConSE (Norouzi et al. 2014) and near identity."""

import numpy as np
import torch
from torch.nn.functional import cosine_similarity, normalize

STEPS = 400
TEMPERATURE = 0.07
FEATURE_DROPOUT = 0.2
NOISE = 0.1
COLOUR_SHARE = 0.4


def contrast(images, texts, positive, allowed):
    """Mean over both directions of −log of the share of the positives, in the softmax over the allowed pairs."""
    scores = (images @ texts.T / TEMPERATURE).masked_fill(~allowed, -1e4)
    loss = 0
    for rows, good in ((scores, positive), (scores.T, positive.T)):
        hits = rows.masked_fill(~good, -1e4).logsumexp(1)
        loss = loss + (rows.logsumexp(1) - hits)[good.any(1)].mean()
    return loss / 2


class Pool:
    """Photos of one domain with their captions; negatives are drawn inside it."""

    def __init__(self, features, labels, plain, coloured, attributes, weight, size):
        self.features, self.weight, self.size = features, weight, size
        names = sorted(set(labels))
        self.label = np.array([names.index(x) for x in labels])
        counts = np.bincount(self.label)
        self.chance = (1 / counts[self.label] ** 0.5) / (1 / counts[self.label] ** 0.5).sum()
        self.plain, self.coloured, self.attributes = plain, coloured, attributes

    def batch(self, rng, vectors):
        rows = rng.choice(len(self.label), min(self.size, len(self.label)), replace=False, p=self.chance)
        texts, wanted = [], []
        for i in rows:
            options = self.coloured[i] if self.coloured[i] and rng.random() < COLOUR_SHARE else self.plain[i]
            text, attribute = options[rng.integers(len(options))]
            texts.append(vectors[text])
            wanted.append(attribute)
        same = self.label[rows][:, None] == self.label[rows][None]
        self.same = torch.from_numpy(same)
        has = np.array([[w is None or w in self.attributes[i] for w in wanted] for i in rows])
        unknown = np.array([[w is not None and not self.attributes[i] for w in wanted] for i in rows])
        positive, allowed = same & has, ~(same & unknown & ~has)
        return self.features[rows], torch.stack(texts), torch.from_numpy(positive), torch.from_numpy(allowed)


def fit(image_head, text_head, pools, vectors, seed=0, steps=STEPS, distil=1.0, identity=1.0, alike=0.5):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    everything = torch.cat([p.features for p in pools])
    ridge_start(image_head, everything)
    weights = list(image_head.learnt.parameters()) + list(text_head.turn.parameters())
    optimiser = torch.optim.AdamW(weights, lr=1e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=steps)
    for _ in range(steps):
        loss = 0
        for pool in pools:
            features, texts, positive, allowed = pool.batch(rng, vectors)
            given = image_head.inputs(features)
            point = given[:, 1280:]
            seen = torch.nn.functional.dropout(given[:, :1280] + NOISE * torch.randn_like(given[:, :1280]), FEATURE_DROPOUT)
            images = normalize(image_head.learnt(torch.cat([seen, point], -1)), dim=-1)
            words = normalize(text_head.turn(text_head.centred(texts)), dim=-1)
            loss = loss + pool.weight * contrast(images, words, positive, allowed)
            if alike:
                other = ~torch.eye(len(images), dtype=torch.bool)
                loss = loss + pool.weight * alike * contrast(images, images, pool.same & other, other)
            loss = loss + pool.weight * distil * (1 - cosine_similarity(images, point)).mean()
        loss = loss + identity * (text_head.turn.weight - torch.eye(384)).pow(2).sum() / 384
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return image_head, text_head


@torch.no_grad()
def ridge_start(head, features, strength=1000.0):
    """Starts the learnt layer as the ridge regression from its inputs to the ConSE point."""
    given = head.inputs(features)
    target = given[:, 1280:]
    gram = given.T @ given + strength * torch.eye(given.shape[1])
    head.learnt.weight.copy_(torch.linalg.solve(gram, given.T @ target).T)
    head.learnt.bias.zero_()
