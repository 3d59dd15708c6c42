"""Retrieval measures. Relevant means of the same class; a class with fewer than ten photos counts as min(10, photos)."""

import numpy as np


def words_to_pictures(texts, images, wanted, labels):
    """Precision@10 and mean average precision over queries; texts [q, d], images [n, d], unit length."""
    precision, average = [], []
    for row, label in zip(texts @ images.T, wanted):
        hits = labels[np.argsort(-row, kind="stable")] == label
        if hits.any():
            precision.append(hits[:10].sum() / min(10, hits.sum()))
            average.append((np.cumsum(hits)[hits] / (np.nonzero(hits)[0] + 1)).mean())
    return float(np.mean(precision)), float(np.mean(average))


def pictures_to_pictures(images, labels):
    """Precision@10 of every photo as a query against all others."""
    scores = images @ images.T
    np.fill_diagonal(scores, -2)
    top = np.argsort(-scores, axis=1)[:, :10]
    others = np.array([(labels == label).sum() - 1 for label in labels])
    hits = (labels[top] == labels[:, None]).sum(1)
    return float((hits / np.clip(others, 1, 10))[others > 0].mean())


def zero_shot(names, images, order, labels):
    """Share of photos whose nearest class text (mean of its queries) is their own class."""
    return float((np.array(order)[(images @ names.T).argmax(1)] == labels).mean())
