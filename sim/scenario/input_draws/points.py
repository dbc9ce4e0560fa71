"""Points that fill the unit cube: a coordinate for each input, and their correlation."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from sim.vocabulary import Column

Design = Literal["sobol", "latin_hypercube", "random"]
"""How points are laid: a scrambled Sobol sequence, a Latin hypercube, or each by itself."""


def points(count: int, inputs: int, design: Design = "sobol", seed: int = 1) -> Column:
    """(count, inputs) points strictly between 0 and 1, the same for the same arguments.

    Sobol points are scrambled, so that each is uniform by itself and the mean over them without bias; the first of a
    longer sequence are those of a shorter one, so that draws can be added. They are balanced best at powers of two.
    Raises ValueError for another design.
    """
    if design not in ("sobol", "latin_hypercube", "random"):
        raise ValueError(f'design must be "sobol", "latin_hypercube" or "random", not {design!r}')
    if not inputs:
        return np.empty((count, 0))
    rng = np.random.default_rng([seed, 0x5EED])
    if design == "random":
        laid = rng.random((count, inputs))
    else:
        # scipy.stats takes a second to import.
        from scipy.stats import qmc

        if design == "latin_hypercube":
            laid = qmc.LatinHypercube(inputs, rng=rng).random(count)
        else:
            # A whole power of two is made, as scipy warns of any other number, and the first are taken.
            laid = qmc.Sobol(inputs, rng=rng).random_base2(max(count - 1, 1).bit_length())[:count]
    edge = np.finfo(float).eps
    return np.asarray(np.clip(laid, edge, 1 - edge))


def correlated(laid: Column, names: Sequence[str], correlations: Mapping[tuple[str, str], float]) -> Column:
    """Points whose coordinates of the names given are correlated as normal scores: a Gaussian copula.

    Raises ValueError when no inputs can be correlated in this way: the matrix is not positive definite.
    """
    if not correlations:
        return laid
    from scipy.special import ndtr, ndtri

    matrix = np.eye(len(names))
    for (one, other), value in correlations.items():
        i, j = names.index(one), names.index(other)
        matrix[i, j] = matrix[j, i] = value
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        pairs = ", ".join(f"{one} with {other} {value:g}" for (one, other), value in correlations.items())
        raise ValueError(f"no inputs can be correlated like this all at once: {pairs}. Weaken one of them") from None
    edge = np.finfo(float).eps
    # Row by row sums: a product of matrices may differ in the last bit from one processor to the next.
    scores = np.einsum("ij,kj->ik", ndtri(laid), root)
    touched = sorted({names.index(name) for pair in correlations for name in pair})
    result = laid.copy()
    result[:, touched] = np.clip(ndtr(scores[:, touched]), edge, 1 - edge)
    return result
