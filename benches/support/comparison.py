"""`benches/comparison`: how often a comparison calls a slowdown that is there, and one that is not.

Every campaign is a whole `proofmark load --baseline`, whose exit code is counted. What was measured is then drawn from again, to say what
more campaigns would have come to. Prints Markdown, and a line on standard error for each campaign.
"""

import argparse
import json
import math
import random
import shutil
import subprocess
import sys
import time

import tools
from tools import PROGRAMS, SPEC, TRUTH_SERVER, WORK

FOLDER = WORK / "comparison"
MARGIN = math.log(1.05)
# The two-sided 95% values of Student's distribution for 5, 10 and 20 pairs.
CRITICAL = {5: 2.7764451, 10: 2.2621572, 20: 2.0930241}
DRAWN = 4_000
WORDS = {0: "not regressed", 1: "regressed", 3: "inconclusive"}


class Delayed:
    """A server that answers after delays between 3 and 7 ms, stretched by a share. It sleeps while it waits: two of them have one processor."""

    def __init__(self, slower, seed, seconds):
        low, high = (round(us * (1 + slower)) for us in (3_000, 7_000))
        words = [TRUTH_SERVER, "--for", f"{seconds:g}s", "--seed", seed, "--delay", f"uniform:{low}us..{high}us"]
        self.child = subprocess.Popen(tools.on_core(tools.SERVER_CORE, words, urgent=True), stdout=subprocess.PIPE, text=True)
        address = self.child.stdout.readline().removeprefix("listening on ").strip()
        if not address:
            raise RuntimeError("the truth server did not start")
        self.url = f"http://{address}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()


def campaign(asked, baseline, candidate, seed):
    """One comparison: its exit code and its record; None where it made none."""
    out = FOLDER / "reports"
    shutil.rmtree(out, ignore_errors=True)
    words = [PROGRAMS["proofmark"], "load", "--spec", SPEC, "--op", "getFixed", "--target", candidate, "--baseline", baseline]
    words += ["--pairs", asked.pairs, "--rate", f"{asked.rate}/s", "--warmup", "200ms", "--for", f"{asked.milliseconds}ms"]
    words += ["--workers", 1, "--seed", seed, "--quiet", "--out", out]
    ran = tools.run(tools.on_core(tools.GENERATOR_CORE, words, urgent=True), within=600)
    made = sorted(out.glob("*-compare/record.json"))
    if not made:
        sys.exit(f"no comparison was made ({ran.code}): {ran.err[-500:]}")
    return ran.code, json.loads(made[0].read_text())


def verdict(effects):
    """What the rule says of such effects."""
    n = len(effects)
    mean = sum(effects) / n
    half = CRITICAL[n] * math.sqrt(sum((e - mean) ** 2 for e in effects) / (n - 1) / n)
    return 1 if mean - half > MARGIN else 0 if mean + half < MARGIN else 3


def share(count, of):
    return f"{count / of:.1%}" if of else "-"


def row(asked, slower, began):
    """All campaigns of a slowdown: the counts of exit codes, the effects of their pairs, and what they said of themselves."""
    counts, effects, detectable, left_out, null = {0: 0, 1: 0, 3: 0}, [], [], 0, [0, 0]
    for number in range(asked.campaigns):
        # Servers anew for each campaign: what one process is lucky with is part of the spread.
        with Delayed(0.0, 1, 900) as baseline, Delayed(slower, 1, 900) as candidate:
            code, record = campaign(asked, baseline.url, candidate.url, 1 + number)
        counts[code] = counts.get(code, 0) + 1
        figure = record["load"]["operations"][0]["figures"][0]
        effects += [math.log1p(change) for change in figure["changes"]]
        decided = figure["decides"]
        detectable += [decided["detectable"]] if decided["detectable"] is not None else []
        null = [null[0] + (decided["null"] or {}).get("called", 0), null[1] + (decided["null"] or {}).get("ways", 0)]
        left_out += sum(1 for side in ("baseline", "candidate") for run in record[side]["runs"] if run["left_out"])
        said = f"{slower:.0%} slower, campaign {number + 1} of {asked.campaigns}: {WORDS.get(code, code)}"
        print(f"{said}, {figure['change']:+.2%} ({time.monotonic() - began:.0f}s)", file=sys.stderr, flush=True)
    return counts, effects, sorted(detectable), left_out, null


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--campaigns", type=int, default=20, help="comparisons of each slowdown")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of each comparison")
    parser.add_argument("--slower", type=float, action="append", metavar="PERCENT", help="0, 2, 5 and 10 by default")
    parser.add_argument("--milliseconds", type=int, default=700, help="how long each run measures")
    parser.add_argument("--rate", type=int, default=300, help="requests a second")
    asked = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    rows = {percent: row(asked, percent / 100, began) for percent in asked.slower or [0, 2, 5, 10]}

    print(f"\n{asked.campaigns} campaigns of {asked.pairs} pairs each, margin 5% of the median:\n")
    print("| truly slower by | regressed | not regressed | inconclusive | change seen | spread of a pair | called four times in five from | runs left out |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    for percent, (counts, effects, detectable, left_out, _) in rows.items():
        mean = sum(effects) / max(1, len(effects))
        spread = math.sqrt(sum((e - mean) ** 2 for e in effects) / max(1, len(effects) - 1))
        middle = f"{detectable[len(detectable) // 2]:.1%}" if detectable else "-"
        cells = [counts[1], counts[0], counts[3], f"{math.expm1(mean):+.2%}", f"{math.expm1(spread):.2%}", middle, left_out]
        print(f"| {percent:g}% | " + " | ".join(map(str, cells)) + " |")

    print(f"\nThe pairs that were measured, drawn from again ({DRAWN:,} comparisons each):\n")
    print("| truly slower by | pairs | regressed | not regressed | inconclusive |\n|--:|--:|--:|--:|--:|")
    for percent, (_, effects, *_rest) in rows.items():
        for pairs in CRITICAL:
            if len(effects) < pairs:
                continue
            rng = random.Random(7)
            found = [verdict(rng.choices(effects, k=pairs)) for _ in range(DRAWN)]
            cells = [share(found.count(code), DRAWN) for code in (1, 0, 3)]
            print(f"| {percent:g}% | {pairs} | " + " | ".join(cells) + " |")
    called, ways = (sum(of[4][i] for of in rows.values()) for i in (0, 1))
    print(f"\nRuns of one side paired with each other came out as a regression in {called} of {ways} ways.")
    print(f"\nIt took {(time.monotonic() - began) / 60:.1f} minutes.")


if __name__ == "__main__":
    main()
