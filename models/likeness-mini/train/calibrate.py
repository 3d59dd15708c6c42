"""Platt scaling (Platt 1999): relevance = 1 / (1 + exp(-(slope * similarity + intercept))).

Fitted by Newton's method with Platt's smoothed targets on every pair of a query and an item of the validation split,
relevant meaning of the same class. Pairs keep their natural shares, so a relevance is the probability that a pair of
this similarity belongs together in a shop of that kind.
"""

import numpy as np


def platt(similarity, relevant, rounds=50):
    x = np.stack([similarity, np.ones_like(similarity)], 1).astype(np.float64)
    positive, negative = relevant.sum(), (~relevant).sum()
    target = np.where(relevant, (positive + 1) / (positive + 2), 1 / (negative + 2))
    theta = np.zeros(2)
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-x @ theta))
        gradient = x.T @ (p - target)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-9 * np.eye(2)
        theta -= np.linalg.solve(hessian, gradient)
    return {"slope": round(float(theta[0]), 4), "intercept": round(float(theta[1]), 4)}


def calibration_error(similarity, relevant, constants, bins=10):
    """Expected calibration error over ten equal bins of relevance."""
    p = 1 / (1 + np.exp(-(constants["slope"] * similarity + constants["intercept"])))
    place = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs((p - relevant)[place == b].sum()) for b in range(bins)) / len(p))
