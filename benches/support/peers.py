"""`benches/peers`: what a request costs each generator, against the same nginx, in rotation.

Each round runs every generator once, beginning with another one, so that whatever else the machine does falls on all of them.
Requests are counted by the server. Prints Markdown; keeps every single run in `target/peers/runs.json`.
"""

import argparse
import json
import os
import pathlib
import signal
import statistics
import sys

import tools
from tools import PROGRAMS, WORK

# Of the shape that `truth.yaml` says.
BODY = (
    '{{"id":"{id}","sequence":{sequence},"at":{at},"status":"CONFIRMED","currency":"EUR","amount":129.95,'
    '"customer":{{"name":"Ada Example","country":"FR"}},'
    '"lines":[{{"sku":"SKU-0001","quantity":2}},{{"sku":"SKU-0002","quantity":1}}],'
    '"createdAt":"2026-11-21T20:05:12.000Z","express":false,"channel":"web",'
    '"note":"an answer of a known size, with as many properties as an order has"}}'
)

CLOSED = {
    "proofmark, none validated": ("proofmark", "fixed", ("--validate", "none")),
    "proofmark, all validated, repeated bodies": ("proofmark", "fixed", ("--validate", "all")),
    "proofmark, all validated, fresh bodies": ("proofmark", "fresh", ("--validate", "all")),
    "wrk": ("wrk", "fixed", ()),
    "wrk, fresh bodies": ("wrk", "fresh", ()),
    "h2load --h1": ("h2load", "fixed", ()),
    "oha": ("oha", "fixed", ()),
    "ab -k": ("ab", "fixed", ()),
    "hey": ("hey", "fixed", ()),
}

OPEN = {
    "proofmark, none validated": ("proofmark", "fixed", ("--validate", "none")),
    "proofmark, all validated, repeated bodies": ("proofmark", "fixed", ("--validate", "all")),
    "wrk2": ("wrk2", "fixed", ()),
    "h2load --h1 --rps": ("h2load", "fixed", ()),
    "oha -q": ("oha", "fixed", ()),
    "hey -q": ("hey", "fixed", ()),
}


def locations():
    """Two answers of the same shape: one that never changes, one that always does."""
    fixed = BODY.format(id="0123456789abcdef" * 2, sequence=1000000000, at="1764417600.000")
    fresh = BODY.format(id="$request_id", sequence="$connection_requests", at="$msec")
    return f"location = /fixed {{ return 200 '{fixed}'; }}\n    location = /fresh {{ return 200 '{fresh}'; }}"


def measure(nginx, name, how, asked, rate):
    """One run of one generator."""
    tool, path, options = how
    words = tools.command(tool, f"{nginx.url}/{path}", asked.seconds, asked.connections, rate, options)
    before = nginx.requests()
    ran = tools.run(tools.on_core(tools.GENERATOR_CORE, words), within=asked.seconds * 3 + 30)
    # Asking is a request, too.
    requests = nginx.requests() - before - 1
    said = tools.said(tool, ran)
    faults = []
    if ran.code != 0:
        faults.append(f"exit code {ran.code}: {(ran.err or ran.out).strip().splitlines()[-1:]}")
    if said.count is None or abs(said.count - requests) > asked.connections + 1 + requests // 1000:
        faults.append(f"says {said.count} answers where the server had {requests} requests")
    if said.errors:
        faults.append(f"{said.errors} errors")
    if "all" in options and said.validated != said.count:
        faults.append(f"validated {said.validated} of {said.count}")
    return {
        "name": name,
        "requests": requests,
        "wall": ran.wall,
        "cpu": ran.cpu,
        "cpu_per_million": ran.cpu / requests * 1e6 if requests else None,
        "rss_mib": ran.rss_mib,
        "faults": faults,
    }


def rotate(nginx, rows, asked, rate=None):
    """Every generator once a round; of the installed ones."""
    names = [name for name, how in rows.items() if PROGRAMS[how[0]] and (not asked.only or how[0] in asked.only)]
    rounds = []
    for number in range(asked.rounds):
        first = number % len(names)
        results = {}
        for name in names[first:] + names[:first]:
            results[name] = measure(nginx, name, rows[name], asked, rate)
            for fault in results[name]["faults"]:
                print(f"round {number + 1}, {name}: {fault}", file=sys.stderr)
        rounds.append({name: results[name] for name in names})
    return rounds


def spread(values, form):
    """The median and what it lies between."""
    values = [v for v in values if v is not None]
    if not values:
        return "-"
    return f"{statistics.median(values):{form}} ({min(values):{form}} - {max(values):{form}})"


def table(title, rounds, base, asked, rate=None):
    """Medians with ranges; the ratio is computed within each round."""
    print(f"\n### {title}\n")
    achieved = "achieved | " if rate else ""
    print(f"| generator | requests a run | {achieved}CPU s | CPU s per million | to wrk in the same round | peak RSS MiB | sound runs |")
    print(f"|---|---|{'---|' if rate else ''}---|---|---|---|---|")
    for name in rounds[0]:
        runs = [r[name] for r in rounds]
        ratios = []
        for run, other in zip(runs, base):
            wrk = other.get("wrk", {}).get("cpu_per_million")
            ratios.append(run["cpu_per_million"] / wrk if wrk and run["cpu_per_million"] else None)
        share = f" {spread([r['requests'] / (rate * asked.seconds) * 100 for r in runs], '.1f')} % |" if rate else ""
        print(
            f"| {name} | {spread([r['requests'] for r in runs], ',.0f')} |{share} {spread([r['cpu'] for r in runs], '.2f')} "
            f"| {spread([r['cpu_per_million'] for r in runs], '.2f')} | {spread(ratios, '.2f')} "
            f"| {spread([r['rss_mib'] for r in runs], '.1f')} | {sum(not r['faults'] for r in runs)} of {len(runs)} |"
        )


def starts(asked):
    """From the start of the process to the arrival of its first request at the server."""
    # Not ab, which speaks HTTP/1.0 and waits for the end of the connection.
    first = {name: [] for name in ("proofmark", "wrk", "wrk2", "h2load", "oha", "hey") if PROGRAMS[name]}
    first = {name: times for name, times in first.items() if not asked.only or name in asked.only}
    with tools.TruthServer(seconds=len(first) * asked.rounds * 10 + 30) as server:
        began = {name: [] for name in first}
        for _ in range(asked.rounds):
            for name in first:
                words = tools.command(name, f"{server.url}/fixed", 1, connections=1, rate=100 if name == "wrk2" else None)
                began[name].append(tools.run(tools.on_core(tools.GENERATOR_CORE, words)).started_ns)
        arrivals = [arrived for arrived, _, _ in server.stop()]
    for name, instants in began.items():
        for began_at in instants:
            following = next((a for a in arrivals if a >= began_at), None)
            first[name].append((following - began_at) / 1e6 if following else None)
    print("\n### Start of the process to its first request at the server\n\n| generator | ms |\n|---|---|")
    for name, times in first.items():
        print(f"| {name} | {spread(times, '.1f')} |")
    return first


def last_child(pid):
    """The process at the end of a chain of those that only start another one."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return last_child(int(children[0])) if children else pid


def soak(nginx, asked, per_second):
    """One process for so many requests, which is asked to end when it has made them; its memory as it goes."""
    # A machine that becomes slower than it was must not end it before.
    seconds = asked.soak / per_second * 3

    def watch(pid, samples, over):
        while not over.wait(1.0):
            try:
                generator = last_child(pid)
                status = dict(line.split(":", 1) for line in open(f"/proc/{generator}/status"))
            except OSError:
                return
            rss, own = (int(status.get(name, "0 kB").split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))
            if rss:
                samples.append((nginx.requests() - before, rss, own))
            if samples and samples[-1][0] >= asked.soak:
                os.kill(generator, signal.SIGINT)
                return

    before = nginx.requests()
    words = tools.command("proofmark", f"{nginx.url}/fresh", seconds, asked.connections, None, ("--validate", "all"))
    ran = tools.run(tools.on_core(tools.GENERATOR_CORE, words), within=seconds * 2 + 60, watch=watch)
    requests = nginx.requests() - before - 1 - len(ran.samples)
    print(f"\n### Memory over {requests:,} requests, every body another one and validated\n")
    print("| requests | RSS MiB | of which its own, not the program's text |\n|---|---|---|")
    for wanted in [10**n for n in range(5, 12)]:
        at = next((sample for sample in ran.samples if sample[0] >= wanted), None)
        if at and wanted <= requests:
            print(f"| {at[0]:,} | {at[1]:.1f} | {at[2]:.1f} |")
    print(f"| at most, its report included | {ran.rss_mib:.1f} | |")
    return {"requests": requests, "rss_mib": ran.rss_mib, "code": ran.code, "samples": ran.samples}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rate", type=float, default=20_000)
    parser.add_argument("--only", action="append", metavar="TOOL", help="these generators only")
    parser.add_argument("--soak", type=int, metavar="N", help="then one run of this many requests")
    asked = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    kept = {}
    with tools.Nginx(WORK, locations()) as nginx:
        closed = kept["closed"] = rotate(nginx, CLOSED, asked)
        table(f"Closed, {asked.connections} connections, {asked.seconds:g} s", closed, closed, asked)
        if any(PROGRAMS[how[0]] and (not asked.only or how[0] in asked.only) for how in OPEN.values()):
            opened = kept["open"] = rotate(nginx, OPEN, asked, asked.rate)
            table(f"Open, {asked.rate:,.0f}/s, {asked.seconds:g} s", opened, closed, asked, asked.rate)
        kept["starts"] = starts(asked)
        if asked.soak:
            fresh = closed[-1].get("proofmark, all validated, fresh bodies")
            if not fresh:
                sys.exit("a soak needs proofmark among the generators")
            kept["soak"] = soak(nginx, asked, fresh["requests"] / fresh["wall"])
    (WORK / "runs.json").write_text(json.dumps(kept, indent=1))
    print(f"\nEvery run: {WORK / 'runs.json'}")


if __name__ == "__main__":
    main()
