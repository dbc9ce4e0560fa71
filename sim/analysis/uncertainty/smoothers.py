"""What a net benefit is expected to be, given some of the inputs: regression on draws, as a linear smoother."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.uncertainty.simulation_noise import block_means
from sim.vocabulary import Column

KNOTS = (2, 4, 6, 9, 13)
"""Columns of the bases among which generalized cross-validation chooses for one input: a line, then cubic splines."""

FEW = 8
"""Distinct values up to which an input is taken as alternatives, each with a mean of its own."""

MOST_TUNED = 400
"""Draws of one half on which a Gaussian process finds its length scales; its fit is to all of the other half."""


@dataclass(frozen=True)
class Smoother:
    """A fit that is linear in what is fitted: fitted = hat @ values.

    hat: (draws, draws), or its two factors to be multiplied from the right. noise_trace: trace of hat times its
    transpose, less 1 for the mean: how much of a row's chance the fitted values keep, over all rows. degrees: of
    freedom that residuals lose, twice the trace of hat less that of hat times its transpose (Hastie and Tibshirani
    1990, Generalized Additive Models, section 3.5); of a projection both are its rank.
    """

    factors: tuple[Column, ...]
    degrees: float
    noise_trace: float

    def __call__(self, values: Column) -> Column:
        """Fitted values, of the shape of `values`."""
        for factor in reversed(self.factors):
            values = factor @ values
        return values

    def of_rows(self, values: Column) -> Column:
        """The same of values whose last dimension is that of draws, (..., draws)."""
        rows = values.reshape(-1, values.shape[-1])
        for factor in reversed(self.factors):
            rows = rows @ factor.T
        return rows.reshape(values.shape)

    def residual_covariance(self, values: Column, block: int = 1) -> tuple[Column, Column]:
        """Of what the fit leaves, between the columns of `values`: of each draw's own, and of what the draws of a block
        share. By moments: the squares of residuals, and of their means by block, are what they are expected to be."""
        left = values - self(values)
        squares = left.T @ left
        if block == 1:
            return np.asarray(squares / max(len(values) - self.degrees, 1.0)), np.zeros_like(squares)
        count, blocks = len(values), len(values) // block
        own, all_kept, crossed = self._of_shared(count, block)
        means = block_means(left, block)
        by_draw = count - self.degrees, count - 2 * own + all_kept
        by_block = blocks - (2 * own - all_kept) / block, count - 2 * own + crossed / block
        moments = np.stack([squares, block * means.T @ means])
        alone, shared = np.tensordot(np.linalg.inv(np.array([by_draw, by_block])), moments, axes=1)
        return alone, shared

    def noise_of(self, residuals: tuple[Column, Column], count: int, block: int) -> Column:
        """The covariance of what fitted values keep of such residuals, in each of so many draws, beside their mean."""
        alone, shared = residuals
        noise = alone * max(self.noise_trace, 0.0) / count
        if block == 1:
            return noise
        return np.asarray(noise + shared * max(self._of_shared(count, block)[1] - block, 0.0) / count)

    def _of_shared(self, count: int, block: int) -> tuple[float, float, float]:
        """Of the fit of each block's indicator: the sums of itself over its own block, of its squares, and of the
        squares of its sums by block. As if hat were symmetric, which that of a projection is."""
        first, last = self.factors[0], self.factors[-1]
        taken = block * block_means(last.T, block)
        if len(self.factors) == 1:
            sums = block * block_means(taken.T, block)
            return float(np.trace(sums)), float((taken**2).sum()), float((sums**2).sum())
        sums, gram = block * block_means(first, block), taken.T @ taken
        kept, crossed = ((each.T @ each * gram).sum() for each in (first, sums))
        return float(np.einsum("ij,ij->", sums, taken)), float(kept), float(crossed)


def smoother(inputs: Column, values: Column, block: int = 1) -> Smoother:
    """The smoother for `values` (draws, columns) given `inputs` (draws, inputs), in blocks of so many.

    One input: group means where it has a few values only, else a cubic regression spline with knots at quantiles, as
    large as generalized cross-validation over all columns asks for. Several: a slope along each, and a Gaussian process
    with a length scale for each (Strong, Oakley and Brennan 2014, Medical Decision Making 34:311).
    """
    varying = inputs[:, np.ptp(inputs, axis=0) > 0]
    if not varying.shape[1]:
        return _of_basis(np.ones((len(values), 1)))
    if varying.shape[1] > 1:
        return _process(varying, values, block)
    column = varying[:, 0]
    distinct = np.unique(column)
    if len(distinct) <= FEW:
        return _of_basis((column[:, None] == distinct).astype(float))
    candidates = [_of_basis(_spline(column, size)) for size in KNOTS if size < len(values) // 4]
    return min(candidates or [_of_basis(_spline(column, 2))], key=lambda each: _cross_validation(each, values))


def rows_of(blocks: Column, block: int) -> Column:
    """The numbers of all draws of these blocks."""
    return np.asarray((blocks[..., None] * block + np.arange(block)).reshape(*blocks.shape[:-1], -1))


@dataclass(frozen=True)
class AdditiveFit:
    """A sum of smooth parts, one of each input: what is expected, given all of them.

    parts: for each input, its columns around their means, (draws, columns). solved: (1 + columns of all parts, draws),
    which times values gives the coefficients of a constant and of the parts.
    """

    parts: tuple[Column, ...]
    solved: Column

    def known(self, shares: Sequence[float]) -> Smoother:
        """What is expected when each input is known so far: 1 exactly, 0 no more than today."""
        ones = np.ones((self.solved.shape[1], 1))
        columns = np.hstack([ones, *(share * part for share, part in zip(shares, self.parts, strict=True))])
        inner = columns @ self.solved @ self.solved.T
        trace = float(np.einsum("ij,ji->", columns, self.solved))
        kept = float(np.einsum("ij,ij->", inner, columns))
        return Smoother((columns, self.solved), 2 * trace - kept, kept - 1)


def additive_fit(inputs: Column, values: Column) -> AdditiveFit:
    """The additive fit of `inputs` (draws, inputs) to `values` (draws, columns), each as `smoother` has it alone."""
    bases = [smoother(column[:, None], values).factors[0] for column in inputs.T]
    parts = tuple(basis - basis.mean(axis=0) for basis in bases)
    return AdditiveFit(parts, np.linalg.pinv(np.hstack([np.ones((len(values), 1)), *parts]), rcond=1e-10))


def _of_basis(basis: Column) -> Smoother:
    orthogonal = _orthogonal(basis)
    size = float(orthogonal.shape[1])
    return Smoother((orthogonal, orthogonal.T), size, size - 1)


def _orthogonal(basis: Column) -> Column:
    """Orthonormal columns that span those of `basis`.

    By Cholesky's factors, twice (Yamamoto and others 2015, Electronic Transactions on Numerical Analysis 44:306), which
    goes over many rows a few times and not once a column; by Householder's where columns are too much alike for it.
    """
    columns = basis
    try:
        for _ in range(2):
            products = columns.T @ columns
            triangle = np.linalg.cholesky(products)
            if (triangle.diagonal() < 1e-4 * np.sqrt(products.diagonal())).any():
                raise np.linalg.LinAlgError
            columns = columns @ np.linalg.inv(triangle).T
        return np.asarray(columns)
    except np.linalg.LinAlgError:
        orthogonal, triangle = np.linalg.qr(basis)
        return np.asarray(orthogonal[:, np.abs(np.diag(triangle)) > 1e-10 * np.abs(np.diag(triangle)).max()])


def _spline(column: Column, size: int) -> Column:
    """A line (size 2), or cubic B-splines, in ranks scaled back: knots at quantiles, so that no piece is empty."""
    if size < 4:
        # In its own units: none is so small, or so large, that either column is lost beside the other.
        return np.column_stack([np.ones(len(column)), (column - column.mean()) / column.std()])
    from scipy.interpolate import BSpline

    inner = np.unique(np.quantile(column, np.linspace(0, 1, size - 2)))
    knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
    return np.asarray(BSpline.design_matrix(column, knots, 3).toarray())


def _cross_validation(fit: Smoother, values: Column) -> float:
    """Generalized cross-validation (Craven and Wahba 1979), each column in units of its own variance."""
    left = values - fit(values)
    shares = (left**2).mean(axis=0) / np.maximum(values.var(axis=0), np.finfo(float).tiny)
    return float(shares.sum() / (1 - fit.degrees / len(values)) ** 2)


def _process(inputs: Column, values: Column, block: int) -> Smoother:
    scaled = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    # The direction in which the values differ most stands for all: one smoother, so that noise is one matrix.
    apart = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), np.finfo(float).tiny)
    _, directions = np.linalg.eigh(apart.T @ apart)
    target = apart @ directions[:, -1]
    target = target / max(float(target.std()), np.finfo(float).tiny)
    # Each half is smoothed as the other one asks for: a process tuned to the noise that it smooths would keep more of
    # it than its matrix tells. Halves are drawn, as rows may be in any order.
    one, other = np.array_split(np.random.default_rng(0).permutation(len(scaled) // block), 2)
    hat = np.zeros((len(scaled),) * 2)
    for blocks, others in ((one, other), (other, one)):
        # Of a block a single draw: what its draws share would look like a bend.
        rows, tuned = rows_of(blocks, block), others[:MOST_TUNED] * block
        hat[np.ix_(rows, rows)] = _hat_of_process(scaled[rows], scaled[tuned], target[tuned])
    kept = float((hat**2).sum())
    return Smoother((hat,), 2 * float(np.trace(hat)) - kept, kept - 1)


def _hat_of_process(scaled: Column, tuned: Column, target: Column) -> Column:
    """The matrix that smooths over `scaled`, by the process most likely for `target` at `tuned`."""
    # scikit-learn takes a second to import.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel

    count = scaled.shape[1]
    # A slope along each input, whose size is not fitted: a process that finds nothing would be flat, and sure of it.
    slopes = ConstantKernel(0.5 / count, "fixed") * DotProduct(0.0, "fixed")
    bends = ConstantKernel(0.5, (1e-4, 1e2)) * RBF(np.full(count, 2.0), (0.5, 1e2))
    with warnings.catch_warnings():
        # That a length scale is at its limit: the input plays no part, which is an answer.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = GaussianProcessRegressor(slopes + bends + WhiteKernel(0.5, (1e-6, 1e1))).fit(tuned, target).kernel_
    smooth = fitted.k1(scaled)
    noise = float(fitted.k2.noise_level) + 1e-10
    ones = np.ones((len(scaled), 1))
    # A mean that is fitted too: the process is of what is around it (Rasmussen and Williams 2006, section 2.7).
    solved = np.linalg.solve(smooth + noise * np.eye(len(scaled)), np.column_stack([ones, smooth]))
    weights, hat = solved[:, :1].T / solved[:, 0].sum(), solved[:, 1:].T
    return np.asarray(hat + (ones - hat @ ones) @ weights)
