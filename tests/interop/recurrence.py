"""Follows recurrence rules with the published dateutil library and says their instances, as JSON.

Reads from standard input an array of {start, rule, from, to}, all instants in UTC as 20260101T000000Z; writes an array of arrays of
instants: those from `from` to before `to`.

The start is an instance and counts as the first one, as RFC 5545 has it; the library leaves it out where the rule does not name it.
"""

import datetime as calendar
import json
import sys
import warnings
from datetime import datetime, timezone

from dateutil.rrule import rrulestr

FORM = "%Y%m%dT%H%M%SZ"


def instant(text):
    return datetime.strptime(text, FORM).replace(tzinfo=timezone.utc)


def instances(start, rule, first, last):
    begin, end = instant(start), instant(last)
    # The library follows a rule that never comes true to the last year that there is.
    calendar.MAXYEAR = end.year + 1
    try:
        rule = rrulestr(rule, dtstart=begin)
        count = rule._count
        until = min(rule._until or end, end)
        if count is not None:
            head = next(iter(rule.replace(count=1, until=until)), None)
            if head != begin:
                count -= 1
        named = set(rule.replace(count=count, until=until)) if count != 0 else set()
    except ValueError as error:
        # What the library finds out by itself: the hours of the rule never come.
        if "empty" not in str(error):
            raise
        named = set()
    return [one.strftime(FORM) for one in sorted(named | {begin}) if instant(first) <= one < end]


def main():
    warnings.simplefilter("ignore", DeprecationWarning)
    json.dump([instances(c["start"], c["rule"], c["from"], c["to"]) for c in json.load(sys.stdin)], sys.stdout)


main()
