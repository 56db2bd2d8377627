"""The generators that are compared: how each is called, what each says, what each run cost.

Starts processes and reads their output. Judges nothing and prints nothing.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "benches/support/truth.yaml"
WORK = ROOT / "target/peers"
GENERATOR_CORE = 0
SERVER_CORE = 1

# Longer than any run that ends by itself.
PATIENCE = 60


def program(variable, *candidates):
    """Where a program is: what the environment says, else the first of these that there is."""
    given = os.environ.get(variable)
    for candidate in [given] if given else candidates:
        found = shutil.which(str(candidate))
        if found:
            return found
    return None


PROGRAMS = {
    "proofmark": program("PROOFMARK", ROOT / "target/release/proofmark"),
    "wrk": program("WRK", "wrk"),
    "wrk2": program("WRK2", "wrk2"),
    "h2load": program("H2LOAD", "h2load"),
    "oha": program("OHA", "oha", WORK / "bin/oha"),
    "ab": program("AB", "ab"),
    "hey": program("HEY", "hey"),
    "nginx": program("NGINX", "nginx", "/usr/sbin/nginx"),
}
TRUTH_SERVER = program("TRUTH_SERVER", ROOT / "target/release/examples/truth_server")


@dataclass
class Ran:
    """What a process did and what it cost."""

    code: int
    out: str
    err: str
    wall: float
    cpu: float
    rss_mib: float
    started_ns: int
    samples: list = field(default_factory=list)


@dataclass
class Said:
    """What a generator says of a run: times in microseconds, None where it does not say."""

    count: int | None = None
    errors: int = 0
    validated: int | None = None
    times: dict = field(default_factory=dict)
    verdict: str | None = None
    report: dict | None = None


def on_core(core, command, urgent=False):
    """Runs on one processor; urgent: before everything else of the machine, where that is allowed.

    By niceness, for the kernel takes the processor from whoever has all of it with real-time precedence (sched_rt_runtime_us).
    """
    urgently = ["nice", "-n", "-20"] if urgent and os.geteuid() == 0 else []
    return ["taskset", "-c", str(core), *urgently, *map(str, command)]


def run(command, within=PATIENCE, watch=None):
    """Runs to its end; processor time and peak memory are the kernel's own figures for this process.

    A process inherits the peak of the one that forked it, here an interpreter: a small program stands between for the memory.
    """
    peak = WORK / "peak"
    command = ["time", "--quiet", "--format", "%M", "--output", peak, *command]
    started_ns = time.monotonic_ns()
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", cwd=WORK
    )
    texts = {}
    readers = [
        threading.Thread(target=lambda name=name, pipe=pipe: texts.__setitem__(name, pipe.read()))
        for name, pipe in (("out", child.stdout), ("err", child.stderr))
    ]
    for reader in readers:
        reader.start()
    killer = threading.Timer(within, child.kill)
    killer.start()
    samples = []
    over = threading.Event()
    watcher = threading.Thread(target=watch, args=(child.pid, samples, over)) if watch else None
    if watcher:
        watcher.start()
    _, status, usage = os.wait4(child.pid, 0)
    wall = (time.monotonic_ns() - started_ns) / 1e9
    child.returncode = os.waitstatus_to_exitcode(status)
    killer.cancel()
    over.set()
    for thread in readers + ([watcher] if watcher else []):
        thread.join()
    return Ran(
        code=child.returncode,
        out=texts["out"],
        err=texts["err"],
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        rss_mib=int(peak.read_text().split()[-1]) / 1024,
        started_ns=started_ns,
        samples=samples,
    )


def command(tool, url, seconds, connections=64, rate=None, options=()):
    """How a generator is called: closed at so many connections, or open at a rate."""
    origin, path = url.rsplit("/", 1)
    at = PROGRAMS[tool.split()[0]]
    if tool.startswith("proofmark"):
        report = WORK / "proofmark.json"
        report.unlink(missing_ok=True)
        arrival = ["--rate", f"{rate:g}/s"] if rate else ["--connections", connections]
        operation = "getFresh" if path == "fresh" else "getFixed"
        call = [at, "load", "--spec", SPEC, "--op", operation, "--target", origin, *arrival, "--for", f"{seconds:g}s"]
        return [*call, "--workers", 1, "--report", f"json={report}", "--out", WORK / "reports", *options]
    if tool == "wrk":
        return [at, "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", url]
    if tool == "wrk2":
        return [at, "-t1", f"-c{connections}", f"-d{seconds:g}s", f"-R{rate:g}", "--latency", url]
    if tool == "h2load":
        paced = [f"--rps={rate / connections:g}"] if rate else []
        return [at, "--h1", "-t1", f"-c{connections}", f"-D{seconds:g}", *paced, url]
    if tool.startswith("oha"):
        paced = ["-q", f"{rate:g}"] if rate else []
        return [at, "--no-tui", "--output-format", "json", "-c", connections, "-z", f"{seconds:g}s", *paced, *options, url]
    if tool == "ab":
        # After a time limit, for the limit sets a number of its own.
        return [at, "-k", "-q", "-c", connections, "-t", f"{seconds:g}", "-n", 5_000_000, url]
    if tool == "hey":
        paced = ["-q", f"{rate / connections:g}"] if rate else []
        return [at, "-z", f"{seconds:g}s", "-c", connections, *paced, url]
    raise ValueError(tool)


def said(tool, ran):
    """What a generator says, read from its output."""
    if tool.startswith("proofmark"):
        return proofmark_said()
    if tool.startswith("oha"):
        return oha_said(ran.out)
    if tool in ("wrk", "wrk2"):
        times = {}
        for quantile, value, unit in re.findall(r"^\s+([\d.]+)%\s+([\d.]+)(us|ms|s|m)$", ran.out, re.M):
            times[f"p{float(quantile):g}"] = float(value) * {"us": 1, "ms": 1e3, "s": 1e6, "m": 6e7}[unit]
        return Said(count=number(r"(\d+) requests in", ran.out), times=times)
    if tool == "h2load":
        return Said(count=number(r"(\d+) succeeded", ran.out), errors=number(r"(\d+) failed", ran.out) or 0)
    if tool == "ab":
        return Said(count=number(r"Complete requests:\s+(\d+)", ran.out), errors=number(r"Failed requests:\s+(\d+)", ran.out) or 0)
    if tool == "hey":
        return Said(count=number(r"\[200\]\s+(\d+) responses", ran.out))
    raise ValueError(tool)


def number(pattern, text):
    """The first number that is found."""
    found = re.search(pattern, text)
    return int(found.group(1)) if found else None


def proofmark_said():
    """The first operation of the last report; nothing where there is none."""
    report = WORK / "proofmark.json"
    if not report.exists():
        return Said()
    report = json.loads(report.read_text())
    operation = report["load"]["operations"][0]
    errors = operation.get("errors") or {}
    answer = Said(
        count=operation["count"],
        validated=operation["validated"],
        errors=sum(errors.values()),
        verdict=report.get("verdict"),
        report=report,
        times=operation["response_time"],
    )
    return answer


def oha_said(out):
    """oha reports seconds."""
    if not out.lstrip().startswith("{"):
        return Said()
    report = json.loads(out)
    times = {name: at * 1e6 for name, at in report["latencyPercentiles"].items() if at is not None}
    times["mean"] = (report["summary"]["average"] or 0) * 1e6
    times["max"] = (report["summary"]["slowest"] or 0) * 1e6
    return Said(count=sum(report["statusCodeDistribution"].values()), errors=0, times=times)


class TruthServer:
    """The server of known behaviour in a process of its own; what it logged is there after `stop`."""

    def __init__(self, *options, seconds=60):
        self.log = WORK / "truth.log"
        self.log.unlink(missing_ok=True)
        words = [TRUTH_SERVER, "--for", f"{seconds:g}s", "--log", self.log, "--awake", "yes", *options]
        self.child = subprocess.Popen(on_core(SERVER_CORE, words, urgent=True), stdout=subprocess.PIPE, text=True)
        self.address = self.child.stdout.readline().removeprefix("listening on ").strip()
        if not self.address:
            raise RuntimeError("the truth server did not start")
        self.url = f"http://{self.address}"

    def signal(self, name):
        """Stops it, or lets it go on."""
        self.child.send_signal(getattr(signal, name))

    def stop(self):
        """Ends it; the instants in nanoseconds of the machine's monotonic clock: arrived, due, answered."""
        host, port = self.address.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as stream:
            stream.sendall(b"GET /stop HTTP/1.1\r\nHost: truth\r\n\r\n")
            self.child.communicate(timeout=PATIENCE)
        entries = [tuple(map(int, line.split())) for line in self.log.read_text().splitlines()]
        # The last one is the request that ended it.
        return entries[:-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()


def free_port():
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


NGINX = """
daemon off;
worker_processes 1;
worker_cpu_affinity {affinity};
error_log {folder}/nginx-error.log;
pid {folder}/nginx.pid;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  keepalive_requests 4000000000;
  keepalive_timeout 1h;
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  scgi_temp_path {folder}/nginx-scgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096 reuseport;
    default_type application/json;
    {locations}
    location = /status {{ stub_status; }}
  }}
}}
"""


class Nginx:
    """nginx with one worker on the server's processor, answering at these locations, and counting."""

    def __init__(self, folder, locations):
        port = free_port()
        config = folder / "nginx.conf"
        affinity = format(1 << SERVER_CORE, "b")
        config.write_text(NGINX.format(affinity=affinity, folder=folder, port=port, locations=locations))
        self.url = f"http://127.0.0.1:{port}"
        self.child = subprocess.Popen([PROGRAMS["nginx"], "-c", config, "-e", folder / "nginx-error.log"])
        for _ in range(100):
            try:
                self.requests()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"nginx does not answer: see {folder}/nginx-error.log")

    def requests(self):
        """Requests it has had."""
        with urllib.request.urlopen(f"{self.url}/status", timeout=5) as answer:
            return int(answer.read().decode().splitlines()[2].split()[2])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()
