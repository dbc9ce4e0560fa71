"""What queueing theory says of M/M/c, with and without room and patience. Rates in people a day."""

import math


def erlang_c_mean_wait(arrivals: float, service: float, places: int) -> float:
    """Mean wait in M/M/c: C(c, a) / (c mu - lambda)."""
    load = arrivals / service
    below = sum(load**k / math.factorial(k) for k in range(places))
    full = load**places / math.factorial(places) * places / (places - load)
    return full / (below + full) / (places * service - arrivals)


def erlang_c_in_service(arrivals: float, service: float, places: int) -> list[float]:
    """Chance that so many places, from 0 to all, are in use in M/M/c."""
    load = arrivals / service
    weights = [load**k / math.factorial(k) for k in range(places)]
    weights.append(load**places / math.factorial(places) * places / (places - load))
    return [weight / sum(weights) for weight in weights]


def erlang_b_in_service(arrivals: float, service: float, places: int) -> list[float]:
    """Chance that so many places are in use in M/M/c/c; of all, Erlang B."""
    weights = [(arrivals / service) ** k / math.factorial(k) for k in range(places + 1)]
    return [weight / sum(weights) for weight in weights]


def erlang_a_share_abandoned(arrivals: float, service: float, places: int, patience: float) -> float:
    """Share abandoning in M/M/c+M, from the stationary birth-death chain: patience * E[queue] / arrivals."""
    weights = [1.0]
    for n in range(1, 2_000):
        weights.append(weights[-1] * arrivals / (min(n, places) * service + max(n - places, 0) * patience))
    queue = sum(max(n - places, 0) * weight for n, weight in enumerate(weights)) / sum(weights)
    return patience * queue / arrivals
