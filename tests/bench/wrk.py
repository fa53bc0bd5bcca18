"""Load by wrk from a core of its own, and what it saw."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """
wrk.method = "POST"
wrk.headers["content-type"] = {content_type}
{headers}
local file = io.open({body}, "rb")
wrk.body = file:read("*a")
file:close()
done = function(summary, latency, requests)
  local failed = summary.errors
  io.write(string.format(
    '\\n{{"requests": %d, "seconds": %f, "p50_us": %d, "p99_us": %d, "not_200": %d, "broken": %d}}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    failed.status, failed.connect + failed.read + failed.write + failed.timeout))
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a server is asked, again and again."""

    path: str
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one run of wrk saw."""

    requests: int
    seconds: float
    p50_us: int
    p99_us: int
    not_200: int
    broken: int

    @property
    def per_second(self) -> float:
        """Requests answered a second."""
        return self.requests / self.seconds

    @property
    def failed(self) -> int:
        """Requests that were not answered well."""
        return self.not_200 + self.broken


def command(
    folder: Path, load: Load, address: str, *, connections: int, seconds: float
) -> list[str]:
    """The command that asks `address`; its script and body are written to `folder`."""
    body, script = folder / "body", folder / "script.lua"
    body.write_bytes(load.body)
    headers = "\n".join(
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in load.headers
    )
    script.write_text(
        SCRIPT.format(
            content_type=json.dumps(load.content_type), headers=headers, body=json.dumps(str(body))
        )
    )
    asked = [f"{address}{load.path}", "-s", str(script), "--timeout", "30s"]
    return ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", *asked]


def seen(printed: str) -> Seen:
    """What wrk printed, read."""
    return Seen(**json.loads(printed.strip().splitlines()[-1]))


def ask(
    folder: Path, load: Load, address: str, *, connections: int, seconds: float, core: int
) -> Seen:
    """Asks for some seconds, from one core."""
    pinned = ["taskset", "-c", str(core)]
    asked = command(folder, load, address, connections=connections, seconds=seconds)
    ended = subprocess.run([*pinned, *asked], capture_output=True, text=True, check=True)
    return seen(ended.stdout)
