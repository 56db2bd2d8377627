"""`benches/monitor`: the share of a processor and the memory that a watch of many operations takes.

Every operation is probed once a second and its answer is judged by its schema. nginx has a processor of its own. Prints Markdown.
"""

import argparse
import json
import shutil
import statistics
import sys

import tools
from tools import PROGRAMS, WORK

FOLDER = WORK / "monitor"

# Every path is answered alike.
LOCATIONS = """location / { return 200 '{"id":"5f2b","status":"OPEN"}'; }"""


def documents(operations):
    """A spec of so many operations, and a plan that probes each once a second."""
    schema = {
        "type": "object",
        "required": ["id", "status"],
        "properties": {"id": {"type": "string"}, "status": {"enum": ["OPEN", "CLOSED"]}},
    }
    answer = {"description": "it", "content": {"application/json": {"schema": schema}}}
    paths = {f"/things/{n}": {"get": {"operationId": f"read{n}", "responses": {"200": answer}}} for n in range(operations)}
    spec = {"openapi": "3.0.3", "info": {"title": "Things", "version": "1"}, "paths": paths}
    # JSON is YAML.
    (FOLDER / "spec.yaml").write_text(json.dumps(spec))
    plan = {
        "monitor": f"{operations} operations",
        "spec": "spec.yaml",
        "limits": {"rate": "1000/s", "concurrency": 64},
        "down": "any",
        "probes": [{"call": f"read{n}", "every": "1s"} for n in range(operations)],
    }
    (FOLDER / "plan.yaml").write_text(json.dumps(plan))


def watched(seconds, nginx):
    """One watch: what it cost and what it saw."""
    out = FOLDER / "reports"
    shutil.rmtree(out, ignore_errors=True)
    words = [PROGRAMS["proofmark"], "monitor", FOLDER / "plan.yaml", "--target", nginx.url, "--for", f"{seconds:g}s"]
    before = nginx.requests()
    ran = tools.run(tools.on_core(tools.GENERATOR_CORE, [*words, "--quiet", "--out", out]), within=seconds + 60)
    if ran.code != 0:
        sys.exit(f"the watch ended with {ran.code}: {ran.err[-500:]}")
    # One request asks for the count.
    return ran, nginx.requests() - before - 1


def middle(values, digits):
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f} - {high:.{digits}f})"


def main():
    parser = argparse.ArgumentParser(prog="benches/monitor", description=__doc__)
    parser.add_argument("--operations", type=int, action="append", metavar="N", help="10, 100 and 1000 by default")
    parser.add_argument("--seconds", type=float, default=60, help="how long each watch lasts")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    print("| operations, once a second each | probes a run | share of a processor | µs of processor time a probe | peak MiB |")
    print("|---|---|---|---|---|")
    for operations in asked.operations or (10, 100, 1000):
        documents(operations)
        shares, costs, peaks, counts = [], [], [], []
        with tools.Nginx(FOLDER, LOCATIONS) as nginx:
            for _ in range(asked.runs):
                ran, count = watched(asked.seconds, nginx)
                shares.append(100 * ran.cpu / ran.wall)
                costs.append(1e6 * ran.cpu / max(count, 1))
                peaks.append(ran.rss_mib)
                counts.append(count)
        cells = [f"{operations:,}", f"{statistics.median(counts):,.0f}", f"{middle(shares, 2)} %", middle(costs, 0), middle(peaks, 0)]
        print("|" + "|".join(f" {cell} " for cell in cells) + "|", flush=True)


main()
