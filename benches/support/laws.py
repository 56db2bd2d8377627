"""What has to come out: closed forms of waiting times, and the statistics that tell a deviation from chance.

Pure arithmetic. Runs nothing and prints nothing.
"""

import math
import statistics

QUANTILES = (0.5, 0.9, 0.99, 0.999)
UNITS = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}


def name(quantile):
    """As reports call it."""
    return f"p{quantile * 100:g}"


def quantile(ordered, q):
    """The smallest value that a share q of all stays at or below."""
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def micros(text):
    """A time as the truth server takes it, in microseconds."""
    digits = text.rstrip("nums")
    return float(digits) * UNITS[text[len(digits):]]


def of_law(text, q):
    """The quantile of a distribution as the truth server takes it, in microseconds."""
    kind, rest = text.split(":")
    if kind == "fixed":
        return micros(rest)
    if kind == "uniform":
        low, high = map(micros, rest.split(".."))
        return low + q * (high - low)
    if kind == "exponential":
        return -math.log(1 - q) * micros(rest)
    steps = sorted((micros(at), int(weight)) for weight, at in (step.split("x") for step in rest.split("+")))
    below, total = 0, sum(weight for _, weight in steps)
    for at, weight in steps:
        below += weight
        if q * total <= below:
            return at
    return steps[-1][0]


def stopped(q, stop, whole):
    """A server stands still for `stop` of `whole` seconds of evenly spread starts, in microseconds.

    A start that is due at u within the stop waits stop - u, so more than x is waited by a share (stop - x) / whole of all:
    the quantile is stop - (1 - q) whole, or nothing where that is negative.
    """
    return max(0.0, stop - (1 - q) * whole) * 1e6


def queue(q, service_rate, arrival_rate):
    """The time in an M/M/1 queue is exponential with the rate mu - lambda; in microseconds."""
    return -math.log(1 - q) / (service_rate - arrival_rate) * 1e6


def batched(values, q, batches=20):
    """Half the width of the 99.9 % confidence interval of a quantile of values that depend on each other.

    The quantile of each of twenty batches in order; batches are long beside what one queue remembers. Student's t with 19
    degrees of freedom: 3.883.
    """
    size = len(values) // batches
    each = [quantile(sorted(values[n * size : (n + 1) * size]), q) for n in range(batches)]
    return 3.883 * statistics.stdev(each) / math.sqrt(batches)


def kolmogorov(intervals, mean):
    """The largest distance between the intervals' distribution and the exponential one, times the root of their number.

    Above 1.95 in one of a thousand runs whose intervals are exponential.
    """
    ordered = sorted(intervals)
    count = len(ordered)
    distance = 0.0
    for n, interval in enumerate(ordered):
        law = 1 - math.exp(-interval / mean)
        distance = max(distance, law - n / count, (n + 1) / count - law)
    return distance * math.sqrt(count)


def spacing(arrivals, rate):
    """How far each arrival is from an even grid of the rate that fits all of them best, in microseconds."""
    offsets = [at / 1e3 - n * 1e6 / rate for n, at in enumerate(arrivals)]
    middle = statistics.median(offsets)
    return sorted(abs(offset - middle) for offset in offsets)
