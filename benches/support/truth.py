"""`benches/truth`: whether what is reported is true, against servers whose behaviour is known.

Each row is a figure with what it has to be, what was measured and how far apart both may be. Peers run beside on the same
servers; only rows of proofmark decide over the exit code. Prints Markdown.
"""

import argparse
import statistics
import subprocess
import sys
import threading
import time

import laws
import tools
from tools import PROGRAMS, WORK, TruthServer

CLOSED_FORM = "closed form"
OF_THE_SERVER = "server's log"


# Where a hiccup of the machine would be the figure, it is the median of so many runs. Of the server's delays only those runs count in
# which its answers left in time, by its own log: microseconds at the p99.
RUNS = 3
TRIES = 9
PUNCTUAL = 100


def median(values):
    """The median of what was measured; None where something was not, or nothing."""
    return None if not values or any(value is None for value in values) else statistics.median(values)


def base(tool):
    """The program behind a name such as `oha, corrected`."""
    return tool.split(",")[0]


class Table:
    """Rows as they come; whether one of proofmark failed."""

    def __init__(self):
        self.failed = []
        print("| what | generator | figure | expected | measured | deviation | allowed | |\n|---|---|---|---|---|---|---|---|")

    def row(self, what, tool, figure, expected, measured, allowed, form="{:,.0f} us", decides=None):
        """A figure; allowed is how far it may be from what is expected."""
        if measured is None:
            self.say(what, tool, figure, form.format(expected), "-", "-", form.format(allowed), False, decides)
            return
        deviation = measured - expected
        cells = (form.format(expected), form.format(measured), form.format(deviation), form.format(allowed))
        self.say(what, tool, figure, *cells, abs(deviation) <= allowed, decides)

    def say(self, what, tool, figure, expected, measured, deviation, allowed, holds, decides=None):
        """A row whose judgement is known."""
        decides = tool.startswith("proofmark") if decides is None else decides
        word = "holds" if holds else "FAILS" if decides else "does not hold"
        print(f"| {what} | {tool} | {figure} | {expected} | {measured} | {deviation} | {allowed} | {word} |", flush=True)
        if decides and not holds:
            self.failed.append(f"{what}: {figure}")


class Bench:
    """What all rows share."""

    def __init__(self, asked):
        self.asked = asked
        self.table = Table()

    def generators(self, *peers):
        """Proofmark, then those peers that are installed."""
        names = ["proofmark", *peers]
        return [n for n in names if PROGRAMS[base(n)] and (not self.asked.only_tool or base(n) in self.asked.only_tool)]

    def seconds(self, usual):
        """How long a run lasts."""
        return max(2.0, usual * self.asked.scale)

    def run(self, tool, url, seconds, rate=None, connections=64, options=(), alone=True, **how):
        """One run by the quick form; options are for proofmark alone, alone is whether it has its processor to itself."""
        if tool == "oha, corrected":
            options = ("--latency-correction",)
        elif tool != "proofmark":
            options = ()
        if tool.startswith("proofmark") and rate and alone:
            # Waking from sleep is not what is measured.
            options = (*options, "--spin", "5ms")
        words = tools.command(base(tool), url, seconds, connections, rate, options)
        return self.finish(tool, words, seconds, urgent=alone, **how)

    def finish(self, tool, words, seconds, urgent=True, during=None, sound=True):
        """Runs, with something done beside; where it has to be sound, a run that says it is not is a row that fails."""
        beside = threading.Thread(target=during) if during else None
        if beside:
            beside.start()
        ran = tools.run(tools.on_core(tools.GENERATOR_CORE, words, urgent), within=seconds * 4 + 60)
        if beside:
            beside.join()
        said = tools.said(base(tool), ran)
        if ran.code != 0 and sound:
            print(f"{tool} ended with {ran.code}: {(ran.err or ran.out)[-500:]}", file=sys.stderr)
            self.table.say("the run itself", tool, "exit code", 0, ran.code, "", "none", False)
        return ran, said

    def planned(self, plan, url, seconds, sound=True):
        """A run of proofmark by a plan."""
        path, report = WORK / "plan.yaml", WORK / "proofmark.json"
        path.write_text(plan)
        report.unlink(missing_ok=True)
        words = [PROGRAMS["proofmark"], "load", path, "--target", url, "--report", f"json={report}", "--out", WORK / "reports"]
        return self.finish("proofmark", words, seconds, sound=sound)


# Reads the clock for so many seconds and says what share of them it lost in pauses of more than 0.1 ms, and the longest, in ms.
PAUSES = """
import sys, time
end = (last := time.perf_counter()) + float(sys.argv[1])
lost = longest = 0.0
while last < end:
    now = time.perf_counter()
    if (gap := now - last) > 1e-4:
        lost, longest = lost + gap, max(longest, gap)
    last = now
print(lost / float(sys.argv[1]), longest * 1e3)
"""


def machine(bench):
    """What the machine takes from a program that does nothing but read the clock, on both processors at once."""
    seconds = bench.seconds(10)
    words = [sys.executable, "-c", PAUSES, str(seconds)]
    cores = (tools.GENERATOR_CORE, tools.SERVER_CORE)
    loops = [subprocess.Popen(tools.on_core(core, words, True), stdout=subprocess.PIPE, text=True) for core in cores]
    for core, loop in zip(cores, loops):
        share, longest = map(float, loop.communicate()[0].split())
        what, figure = "a loop that reads the clock", f"lost in pauses above 0.1 ms, processor {core}"
        bench.table.row(what, "none", figure, 0, share * 100, 0.1, "{:.2f} %")
        bench.table.row(what, "none", f"longest pause, processor {core}", 0, longest * 1e3, 100)


def delays(bench):
    """The delay of each answer is known beforehand: so are the quantiles of the response times."""
    for law in ("uniform:1ms..50ms", "steps:700x2ms+250x10ms+45x50ms+5x200ms"):
        seconds = bench.seconds(10)
        for tool in bench.generators("wrk2", "oha, corrected", "oha"):
            runs, late = [], []
            for _ in range(TRIES):
                with TruthServer("--delay", law, seconds=seconds * 4 + 60) as server:
                    _, said = bench.run(tool, f"{server.url}/fixed", seconds, rate=1000, connections=256, sound=False)
                    own = laws.quantile(sorted((answered - due) / 1e3 for _, due, answered in server.stop()), 0.99)
                # A server that the machine held up did not do what is known of it.
                if own <= PUNCTUAL:
                    runs.append(said.times)
                    late.append(own)
                if len(runs) == RUNS:
                    break
            what = f"delays {law}"
            count = f"p99 of how late answers leave, {len(runs)} runs of at most {TRIES}"
            bench.table.row(what, f"the server itself ({tool})", count, 0, median(late), PUNCTUAL)
            for q in laws.QUANTILES:
                expected, figure = laws.of_law(law, q), laws.name(q)
                bench.table.row(what, tool, figure, expected, median([times.get(figure) for times in runs]), max(expected / 100, 100))


def standstill(bench):
    """The server stands still for a part of the run: starts that were due meanwhile have waited."""
    seconds, rate = bench.seconds(20), 200
    stop, before = seconds * 3 / 20, seconds / 4
    for tool in bench.generators("wrk2", "oha, corrected", "oha"):
        with TruthServer(seconds=seconds * 4 + 60) as server:
            stood = []

            def stand():
                time.sleep(before)
                server.signal("SIGSTOP")
                since = time.monotonic()
                time.sleep(stop)
                server.signal("SIGCONT")
                stood.append(time.monotonic() - since)

            _, said = bench.run(tool, f"{server.url}/fixed", seconds, rate=rate, connections=64, during=stand)
        # A start may be due anywhere between two of them, and what piled up is answered one after the other.
        allowed = stood[0] * 1e4 + 1e6 / rate
        for q in laws.QUANTILES:
            expected = laws.stopped(q, stood[0], seconds)
            figure = laws.name(q)
            bench.table.row(f"stopped {stop:g} s of {seconds:g} s", tool, figure, expected, said.times.get(figure), allowed)


def queueing(bench):
    """Poisson arrivals at one server with exponential service: M/M/1."""
    seconds, arrivals, services = bench.seconds(120), 500, 1000
    for tool in bench.generators():
        with TruthServer("--service", "exponential:1ms", "--seed", "11", seconds=seconds * 4 + 60) as server:
            _, said = bench.run(tool, f"{server.url}/fixed", seconds, rate=arrivals, options=("--poisson",))
            entries = server.stop()
        if len(entries) < 2000:
            bench.table.row("M/M/1", tool, "arrivals", arrivals * seconds, len(entries), 0, "{:,.0f}", decides=True)
            continue
        in_order = [(due - arrived) / 1e3 for arrived, due, _ in entries]
        # What the server did, its own lateness among it.
        ordered = sorted((answered - arrived) / 1e3 for arrived, _, answered in entries)
        for q in laws.QUANTILES[:3]:
            figure, allowed = laws.name(q), laws.batched(in_order, q) + 100
            expected = laws.queue(q, services, arrivals)
            bench.table.row("M/M/1", tool, f"{figure}, {CLOSED_FORM}, 99.9 %", expected, said.times.get(figure), allowed)
        for q in laws.QUANTILES:
            figure, expected = laws.name(q), laws.quantile(ordered, q)
            allowed = max(expected / 100, 100)
            bench.table.row("M/M/1", tool, f"{figure}, {OF_THE_SERVER}", expected, said.times.get(figure), allowed)


def intervals(bench):
    """The instants of arrival at the server follow the plan."""
    seconds, rate = bench.seconds(10), 1000
    for tool in bench.generators("oha"):
        runs = []
        for _ in range(RUNS):
            with TruthServer(seconds=seconds * 4 + 60) as server:
                bench.run(tool, f"{server.url}/fixed", seconds, rate=rate)
                runs.append([arrived for arrived, _, _ in server.stop()])
        what = f"constant {rate}/s"
        bench.table.row(what, tool, "arrivals", rate * seconds, median([len(arrivals) for arrivals in runs]), 1, "{:,.0f}")
        off = [laws.spacing(arrivals, rate) if arrivals else [] for arrivals in runs]
        for q, allowed in ((0.5, 50), (0.99, 250)):
            measured = median([laws.quantile(each, q) if each else None for each in off])
            bench.table.row(what, tool, f"{laws.name(q)} of the distance from the plan", 0, measured, allowed)
    seconds, rate = bench.seconds(40), 200
    for tool in bench.generators():
        with TruthServer(seconds=seconds * 4 + 60) as server:
            bench.run(tool, f"{server.url}/fixed", seconds, rate=rate, options=("--poisson",))
            arrivals = [arrived for arrived, _, _ in server.stop()]
        gaps = [(b - a) / 1e3 for a, b in zip(arrivals, arrivals[1:])]
        # The number of arrivals itself is Poisson: 3.3 deviations are left to chance once in a thousand runs.
        count, what = rate * seconds, f"Poisson {rate}/s"
        bench.table.row(what, tool, "arrivals", count, len(arrivals), 3.3 * count**0.5, "{:,.0f}")
        measured = laws.kolmogorov(gaps, 1e6 / rate) if gaps else None
        bench.table.row(what, tool, "KS distance times the root of n, 99.9 %", 0, measured, 1.95, "{:.2f}")


def little(bench):
    """Users in the system are throughput times the time that each spends: N = X (R + Z)."""
    seconds, users = bench.seconds(20), 16
    for tool in bench.generators("oha"):
        with TruthServer("--delay", "exponential:5ms", seconds=seconds * 4 + 60) as server:
            _, said = bench.run(tool, f"{server.url}/fixed", seconds, connections=users)
        measured = said.count and said.count / seconds * said.times["mean"] / 1e6
        bench.table.row("Little's law", tool, "X R", users, measured, users / 100, "{:.2f}")
    plan = f"""load: users who think
spec: {tools.SPEC}
scenarios: [{{call: getFixed}}]
arrival: {{model: closed, stages: [{{users: {users}, for: {seconds:g}s}}], think: {{min: 5ms, max: 15ms}}}}
"""
    for tool in bench.generators():
        with TruthServer("--delay", "exponential:5ms", seconds=seconds * 4 + 60) as server:
            _, said = bench.planned(plan, server.url, seconds)
        measured = said.count and said.count / seconds * (said.times["mean"] / 1e6 + 0.010)
        bench.table.row("Little's law, think time 5 to 15 ms", tool, "X (R + Z)", users, measured, users / 50, "{:.2f}")


def searching(bench):
    """One server that takes 2 ms for each request can do 500 a second."""
    plan = f"""load: the highest rate that holds
spec: {tools.SPEC}
scenarios: [{{call: getFixed}}]
arrival: {{model: search, from: 50/s, most: 5000/s, step: {bench.seconds(5):g}s, precision: 2%, confirm: 3}}
slo: {{p99: "< 50ms", errors: "< 0.1%"}}
"""
    for tool in bench.generators():
        with TruthServer("--service", "fixed:2ms", seconds=1200) as server:
            _, said = bench.planned(plan, server.url, 300, sound=False)
        found = ((said.report or {}).get("search") or {}).get("capacity")
        rate = float(str(found).removesuffix("/s")) if found is not None else None
        bench.table.row("search, capacity 500/s", tool, "rate found", 500, rate, 25, "{:,.1f}/s")


def spoiled(bench):
    """A generator that shares its processor with busy loops must not call its figures good."""
    # A rate that leaves the machine room for its own hiccups: without a loop there must be nothing to complain of.
    seconds, rate = bench.seconds(5), 5_000
    for tool in bench.generators():
        for loops, expected in ((0, 0), (4, 3)):
            with TruthServer(seconds=seconds * 4 + 60) as server:
                words = tools.on_core(tools.GENERATOR_CORE, [sys.executable, "-c", "while True: pass"])
                beside = [subprocess.Popen(words) for _ in range(loops)]
                try:
                    ran, said = bench.run(tool, f"{server.url}/fixed", seconds, rate=rate, alone=False, sound=False)
                finally:
                    for child in beside:
                        child.kill()
                        child.wait()
            what, measured = f"{loops} busy loops on the generator's processor", f"{ran.code} ({said.verdict})"
            bench.table.say(what, tool, "exit code", expected, measured, "", "none", ran.code == expected)


ROWS = {
    "machine": machine,
    "delays": delays,
    "standstill": standstill,
    "queueing": queueing,
    "intervals": intervals,
    "little": little,
    "search": searching,
    "spoiled": spoiled,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=ROWS, help="these rows only")
    parser.add_argument("--only-tool", action="append", metavar="TOOL", help="these generators only")
    parser.add_argument("--scale", type=float, default=1.0, help="makes runs longer or shorter")
    asked = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    bench = Bench(asked)
    for name, rows in ROWS.items():
        if not asked.only or name in asked.only:
            rows(bench)
    if bench.table.failed:
        sys.exit("\nnot true: " + "; ".join(bench.table.failed))


if __name__ == "__main__":
    main()
