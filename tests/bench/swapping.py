"""What fails while the champion changes under load: nothing may."""

from __future__ import annotations

import subprocess
import time
from contextlib import closing

from storage.store import Store
from tests.bench.contestants import Running, running
from tests.bench.serving_project import Bench, by_column, endpoint, prepared
from tests.bench.wrk import command, seen
from tests.http.project import promote

SWAP_REQUESTS = 50_000
SECONDS = 10


def run() -> None:
    """Measures it."""
    swap_under_load(prepared())


def swap_under_load(bench: Bench) -> None:
    """Prints what failed while the champion changed, again and again, under load."""
    ours = endpoint(bench, by_column(bench))
    with (
        running(ours, bench.folder / "ours.log") as one,
        closing(Store.open(bench.folder / "project", program="bench")) as store,
    ):
        with store.read() as tx:
            versions = [tx.models.version("late", number) for number in (2, 1)]
        asked = command(bench.folder, ours.load, one.address, connections=16, seconds=SECONDS)
        load = subprocess.Popen(asked, stdout=subprocess.PIPE, text=True)
        swaps = 0
        while load.poll() is None:
            promote(store, versions[swaps % 2])
            swaps += 1
            _until_answers(one, bench.expected[swaps % 2])
        promote(store, versions[1])
        assert load.stdout is not None
        found = seen(load.stdout.read())
    assert found.requests >= SWAP_REQUESTS, found
    print(
        f"\n{swaps} swaps between two different models under load: "
        f"{found.failed} of {found.requests:,} requests failed"
    )


def _until_answers(one: Running, expected: float) -> None:
    deadline = time.monotonic() + 20
    while abs((one.contestant.answer(one.ask()) or 0) - expected) > 1e-9:
        assert time.monotonic() < deadline, "the new champion never answered"
        time.sleep(0.1)
