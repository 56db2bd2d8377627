"""The stretches of weekly hours in UTC, worked out from nothing but the standard library's zoneinfo.

Reads {zone, from, to, weeks} as JSON from standard input: dates are ISO 8601, the range runs from the first midnight in UTC to the
last, and a week is a list of [days from Monday, "HH:MM", "HH:MM"]. Prints {database, weeks}: of each week the stretches
[from, to] in seconds since 1970, in order, those that touch as one.

Wall times are not converted by `fold`: every offset that the zone has near a time is tried, and the instants that show it are
looked at. It is `fold` that is held to the result.
"""

import functools
import json
import os
import sys
import zoneinfo
from datetime import date, datetime, time, timedelta, timezone

DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1)


def database():
    """Which database this interpreter reads, for the messages of a test."""
    for folder in zoneinfo.TZPATH:
        try:
            with open(os.path.join(folder, "tzdata.zi"), encoding="utf-8") as file:
                return f"{folder}, {file.readline().strip('# ').strip()}"
        except OSError:
            pass
    return f"{', '.join(zoneinfo.TZPATH)} or the tzdata package"


def offset(zone, instant):
    """The offset in force at a naive instant of UTC."""
    return instant.replace(tzinfo=timezone.utc).astimezone(zone).utcoffset()


def instant(zone, wall):
    """The first instant of UTC at which clocks show a wall time; of one they never show, by the offset before they jump over it."""
    near = [offset(zone, wall + timedelta(hours=hours)) for hours in (-27, 0, 27)]
    if near[0] == near[1] == near[2]:
        return wall - near[0]
    offsets = {offset(zone, wall + timedelta(minutes=minutes)) for minutes in range(-27 * 60, 27 * 60 + 1, 15)}
    shown = [wall - o for o in offsets if offset(zone, wall - o) == o]
    if shown:
        found = min(shown)
    else:
        # The last instant whose clocks show less than the wall time is the one just before the jump.
        low, high = wall - timedelta(hours=27), wall + timedelta(hours=27)
        while high - low > timedelta(seconds=1):
            middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
            low, high = (middle, high) if middle + offset(zone, middle) < wall else (low, middle)
        found = wall - offset(zone, low)
    folded = wall.replace(tzinfo=zone, fold=0).astimezone(timezone.utc).replace(tzinfo=None)
    assert folded == found, f"{zone} {wall}: zoneinfo says {folded}, the clocks say {found}"
    return found


@functools.lru_cache(maxsize=None)
def at(zone, day, text):
    hour, minute = map(int, text.split(":"))
    return instant(zone, datetime.combine(day, time()) + timedelta(hours=hour, minutes=minute))


def stretches(zone, first, last, week):
    found = []
    day = first - 3 * DAY
    while day <= last + 3 * DAY:
        exists = at(zone, day, "00:00") < at(zone, day + DAY, "00:00")
        for days, begin, end in week if exists else []:
            if day.weekday() in days:
                from_, to = at(zone, day, begin), at(zone, day if end > begin else day + DAY, end)
                if from_ < to:
                    found.append([from_, to])
        day += DAY
    low, high = (datetime.combine(bound, time()) for bound in (first, last))
    merged = []
    for from_, to in sorted([max(from_, low), min(to, high)] for from_, to in found if from_ < high and to > low):
        if merged and from_ <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], to)
        else:
            merged.append([from_, to])
    seconds = lambda moment: (moment - EPOCH) // timedelta(seconds=1)
    return [[seconds(from_), seconds(to)] for from_, to in merged]


def main():
    asked = json.load(sys.stdin)
    try:
        zone = zoneinfo.ZoneInfo(asked["zone"])
    except zoneinfo.ZoneInfoNotFoundError:
        sys.exit(f"zoneinfo has no data of {asked['zone']} in {database()}: install the tzdata package of the system or of Python")
    first, last = (date.fromisoformat(asked[bound]) for bound in ("from", "to"))
    weeks = [stretches(zone, first, last, week) for week in asked["weeks"]]
    json.dump({"database": database(), "weeks": weeks}, sys.stdout)


if __name__ == "__main__":
    main()
