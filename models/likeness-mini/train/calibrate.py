"""Platt scaling (Platt 1999): relevance = 1 / (1 + exp(-(slope * similarity + intercept))).

Fitted by Newton's method on validation pairs, with Platt's smoothed targets. Every pair of a query and a photo counts
once; relevant pairs are weighted to half of the total, so that .5 means "as likely the same class as not, before
knowing how much of the shop is of that class".
"""

import numpy as np


def platt(similarity, relevant, rounds=50):
    x = np.stack([similarity, np.ones_like(similarity)], 1).astype(np.float64)
    positive, negative = relevant.sum(), (~relevant).sum()
    target = np.where(relevant, (positive + 1) / (positive + 2), 1 / (negative + 2))
    weight = np.where(relevant, 0.5 / positive, 0.5 / negative)
    theta = np.zeros(2)
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-x @ theta))
        gradient = x.T @ (weight * (p - target))
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + 1e-9 * np.eye(2)
        theta -= np.linalg.solve(hessian, gradient)
    return {"slope": round(float(theta[0]), 4), "intercept": round(float(theta[1]), 4)}


def calibration_error(similarity, relevant, constants, bins=10):
    """Expected calibration error under the same half-and-half weighting."""
    p = 1 / (1 + np.exp(-(constants["slope"] * similarity + constants["intercept"])))
    weight = np.where(relevant, 0.5 / relevant.sum(), 0.5 / (~relevant).sum())
    place = np.minimum((p * bins).astype(int), bins - 1)
    return float(
        sum(
            abs((weight * (p - relevant))[place == b].sum())
            for b in range(bins)
        )
    )
