"""Reads metrics with the parser for OpenMetrics of the published Prometheus library and says what is in them, as JSON.

Usage: openmetrics.py FILE

The parser holds to the specification: what it refuses ends the script with an exception.
"""

import json
import math
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def shown(value):
    """A number as JSON has it, which knows no infinity."""
    return value if math.isfinite(value) else None


def main(path):
    with open(path, encoding="utf-8", newline="") as file:
        families = list(text_string_to_metric_families(file.read()))
    print(json.dumps([
        {
            "name": family.name,
            "type": family.type,
            "unit": family.unit,
            "help": family.documentation,
            "samples": [{"name": s.name, "labels": s.labels, "value": shown(s.value)} for s in family.samples],
        }
        for family in families
    ]))


if __name__ == "__main__":
    main(sys.argv[1])
