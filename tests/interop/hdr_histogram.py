"""Reads an interval log with the published HdrHistogram library and says what is in it, as JSON.

Usage: hdr_histogram.py LOG TAG QUANTILE...

`values` are those that occur, in ascending order, each with how many samples do not exceed it.
"""

import json
import sys

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

HOUR = 3_600_000_000


def main(log, tag, quantiles):
    reader = HistogramLogReader(log, HdrHistogram(1, HOUR, 3))
    total = HdrHistogram(1, HOUR, 3)
    intervals = []
    while True:
        interval = reader.get_next_interval_histogram(absolute=True)
        if interval is None:
            break
        if interval.get_tag() != tag:
            continue
        total.add(interval)
        begin, end = interval.get_start_time_stamp(), interval.get_end_time_stamp()
        intervals.append([begin, end, interval.get_total_count(), interval.get_max_value()])
    values, count = [], 0
    for item in total.get_recorded_iterator():
        count += item.count_added_in_this_iter_step
        values.append([item.value_iterated_to, count])
    print(json.dumps({
        "start": reader.get_start_time_sec(),
        "intervals": intervals,
        "count": total.get_total_count(),
        "min": total.get_min_value(),
        "max": total.get_max_value(),
        "mean": total.get_mean_value(),
        "deviation": total.get_stddev(),
        "quantiles": [total.get_value_at_percentile(float(q) * 100) for q in quantiles],
        "values": values,
    }))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
