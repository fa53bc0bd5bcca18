from __future__ import annotations

import gc
import math
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import workbench
from storage.errors import NotFound
from storage.records import NewJob, Run, RunState
from storage.store import Store
from tests.services import tracked
from tests.services.project import month
from tests.storage.examples import new_run
from tests.worker.waiting import eventually
from workbench.api import Workbench
from workbench.errors import UsageError
from workbench.services import keepsakes
from workbench.services.context import initialise
from workbench.services.lost_runs import end_lost
from workbench.services.tracking import ActiveRun


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "workbench.toml").write_text('[project]\nname = "shop"\n', encoding="utf-8")
    initialise(tmp_path)
    return tmp_path


@pytest.fixture
def handle(folder: Path) -> Iterator[Workbench]:
    with workbench.open(folder) as opened:
        yield opened


def program(what: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", tracked.__name__, what, folder, *arguments],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(what: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    with program(what, folder, *arguments) as process:
        said, told = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, said, told)


def values_of(handle: Workbench, run: int, key: str) -> list[float]:
    return [one.value for one in handle.metric_history(run, key, points=10_000)]


def artifacts_of(handle: Workbench, run: Run) -> dict[str, bytes]:
    store = handle._context.store
    with store.read() as tx:
        return {one.path: store.blobs.read(one.blob) for one in tx.runs.artifacts(run.id)}


def kept(handle: Workbench, run: Run) -> dict[str, bytes]:
    """The files that the test gave the run, without what differs in the checkout that it runs in."""
    found = artifacts_of(handle, run)
    found.pop(keepsakes.DIFFERENCE_ARTIFACT, None)
    return found


def test_a_block_keeps_what_was_logged_and_ends_the_run(handle: Workbench):
    given = {"rate": 0.1, "model": {"depth": 3, "leaves": None}}
    with handle.run("late", params=given, name="first", tags={"who": "ann"}) as run:
        run.log(step=3, auc=0.71, logloss=0.46)
        run.log({"val/auc": 0.7}, step=3)
        run.note("better")
        run.note("than before")
        run.tag(sort="quick", who=None)
        run.params(rows=5)
    found = handle.get_run(run.label)

    assert (found.experiment, found.name, found.state) == ("late", "first", RunState.FINISHED)
    assert found.params == {"rate": 0.1, "model.depth": 3, "model.leaves": None, "rows": 5}
    assert {key: one.value for key, one in found.metrics.items()} == {
        "auc": 0.71,
        "logloss": 0.46,
        "val/auc": 0.7,
    }
    assert (found.note, found.tags) == ("better\nthan before", {"sort": "quick"})
    assert found.environment["python"].startswith("3.")
    assert found.environment["argv"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308, 5e-324], ids=str)
def test_every_value_survives(handle: Workbench, value: float):
    with handle.run("late") as run:
        run.log(auc=value)

    assert repr(handle.get_run(run.id).metrics["auc"].value) == repr(value)
    assert repr(values_of(handle, run.id, "auc")[0]) == repr(value)


@pytest.mark.parametrize(
    "name", ["val/auc", "정확도", "a b", "'; DROP TABLE runs; --", "<b>", "📈", "%s"]
)
def test_a_metric_a_param_and_a_tag_may_be_called_anything(handle: Workbench, name: str):
    with handle.run("late", params={name: name}, tags={name: name}) as run:
        run.log({name: 1})
    found = handle.get_run(run.id)

    assert (found.params, found.tags) == ({name: name}, {name: name})
    assert found.metrics[name].value == 1.0


@pytest.mark.parametrize(
    ("value", "kept"),
    [(np.float32(0.5), 0.5), (np.int64(3), 3.0), (np.array(2.0), 2.0), (True, 1.0), (7, 7.0)],
    ids=repr,
)
def test_what_is_a_number_is_logged(handle: Workbench, value: object, kept: float):
    with handle.run("late", params={"p": value}) as run:
        run.log(step=np.int64(4), auc=value)
    found = handle.get_run(run.id)

    assert (found.metrics["auc"].value, found.metrics["auc"].step) == (kept, 4)
    assert found.params["p"] == kept


@pytest.mark.parametrize(
    ("values", "step", "said"),
    [
        ({"auc": "0.7"}, 1, "The metric auc is no number: '0.7'"),
        ({"auc": None}, 1, "is no number: None"),
        ({"auc": [1, 2]}, 1, "is no number"),
        ({"auc": 10**400}, 1, "is no number"),
        ({"auc": 1.0}, 1.5, "1.5 is no step"),
        ({"auc": 1.0}, 2**63, "is no step"),
        ({"auc": 1.0}, "1", "'1' is no step"),
        ({"": 1.0}, 1, "No metric can be called ''"),
        ({"\ud800": 1.0}, 1, "No metric can be called"),
        ({3: 1.0}, 1, "No metric can be called 3"),
    ],
    ids=repr,
)
def test_what_cannot_be_logged_is_said_where_it_is_logged(
    handle: Workbench, values: dict[str, object], step: object, said: str
):
    with handle.run("late") as run:
        with pytest.raises(UsageError, match=said):
            run.log(values, step=step)
        run.log(auc=0.5)

    assert handle.get_run(run.id).state is RunState.FINISHED


def test_steps_go_on_by_themselves(handle: Workbench):
    with handle.run("late") as run:
        run.log(auc=0.1)
        run.log(step=5, auc=0.2)
        run.log(auc=0.3)
        run.log_series("loss", [3, 2, 1])
        run.log_series("loss", [0.5, 0.4], steps=[20, 10])
    auc, loss = (handle.metric_history(run.id, key) for key in ("auc", "loss"))

    assert [(one.step, one.value) for one in auc] == [(0, 0.1), (5, 0.2), (6, 0.3)]
    assert [one.step for one in loss] == [7, 8, 9, 10, 20]


def test_a_metric_is_kept_with_the_interval_it_lies_in(handle: Workbench):
    with handle.run("late") as run:
        run.metric_interval("auc", 0.7, low=0.6, high=0.8)
    metric = handle.get_run(run.id).metrics["auc"]

    assert (metric.value, metric.low, metric.high) == (0.7, 0.6, 0.8)
    assert values_of(handle, run.id, "auc") == [0.7]


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (ValueError("no rows\nat all"), RunState.FAILED, "ValueError: no rows"),
        (ValueError(), RunState.FAILED, "ValueError"),
        (KeyboardInterrupt(), RunState.KILLED, "It was interrupted from the keyboard."),
        (SystemExit(3), RunState.FAILED, "The program left with exit code 3."),
        (SystemExit(0), RunState.FINISHED, None),
    ],
    ids=repr,
)
def test_what_ends_the_block_ends_the_run(
    handle: Workbench, error: BaseException, state: RunState, said: str | None
):
    def leave(run: ActiveRun) -> None:
        with run:
            run.log(auc=0.7)
            raise error

    run = handle.run("late")
    with pytest.raises(type(error)):
        leave(run)
    found = handle.get_run(run.id)

    assert (found.state, found.error) == (state, said)
    assert found.metrics["auc"].value == 0.7
    assert ("traceback.txt" in artifacts_of(handle, found)) is (state is RunState.FAILED)


def test_an_error_after_the_end_of_a_run_stays_the_error(handle: Workbench):
    def leave(run: ActiveRun) -> None:
        with run:
            run.finish()
            raise RuntimeError("later")

    run = handle.run("late")
    with pytest.raises(RuntimeError, match="later"):
        leave(run)

    assert handle.get_run(run.id).state is RunState.FINISHED


def test_a_run_that_has_ended_takes_nothing_more(handle: Workbench):
    with handle.run("late") as run:
        pass

    for call in (lambda: run.log(auc=1.0), lambda: run.note("x"), lambda: run.log_series("a", [1])):
        with pytest.raises(UsageError, match=r"r1 has ended here"):
            call()


def test_runs_lie_in_runs(handle: Workbench):
    with handle.run("late") as run:
        for fold in range(2):
            with run.child(f"fold {fold}", params={"fold": fold}) as child:
                child.log(auc=0.5 + fold)
    children = [one for one in handle.runs() if one.parent_id == run.id]

    assert [one.name for one in children] == ["fold 1", "fold 0"]
    assert {one.experiment for one in children} == {"late"}
    assert all(one.state is RunState.FINISHED for one in children)


def test_an_error_in_a_child_that_is_caught_fails_the_child_alone(handle: Workbench):
    run = handle.run("late")
    with pytest.raises(RuntimeError, match="bad fold"), run.child() as child:
        raise RuntimeError("bad fold")
    run.finish()

    assert handle.get_run(child.id).state is RunState.FAILED
    assert handle.get_run(run.id).state is RunState.FINISHED


def test_a_run_names_the_dataset_version_it_uses(project):
    project.accept(month(1))
    with workbench.open(project.folder) as handle:
        with handle.run("late", data="sales") as run, run.child() as child:
            pass
        found, below = handle.get_run(run.id), handle.get_run(child.id)
        with pytest.raises(NotFound, match="sales@v9"):
            handle.run("late", data="sales@v9")

        assert (found.dataset, found.version) == (below.dataset, below.version) == ("sales", 1)
        assert handle.run_count() == 2


def test_artifacts_are_files_folders_bytes_and_texts(handle: Workbench, tmp_path: Path):
    (tmp_path / "out" / "deep").mkdir(parents=True)
    (tmp_path / "out" / "a.txt").write_text("a")
    (tmp_path / "out" / "deep" / "b.txt").write_text("b")
    with handle.run("late") as run:
        run.artifact(tmp_path / "out", str(tmp_path / "out" / "a.txt"))
        run.artifact({"plots/c.bin": b"\0c", "d.txt": tmp_path / "out" / "a.txt"}, e="글")

    assert kept(handle, handle.get_run(run.id)) == {
        "out/a.txt": b"a",
        "out/deep/b.txt": b"b",
        "a.txt": b"a",
        "plots/c.bin": b"\0c",
        "d.txt": b"a",
        "e": "글".encode(),
    }


def test_an_artifact_of_the_same_name_replaces_the_earlier_one(handle: Workbench):
    with handle.run("late") as run:
        run.artifact({"model.bin": b"old"})
        run.flush()
        run.artifact({"model.bin": b"new"})

    assert kept(handle, handle.get_run(run.id)) == {"model.bin": b"new"}


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../x", "/etc/passwd", "", ".", "a//b", "a\\b", "c:/x", "a\nb", "x" * 501, "a/"],
    ids=repr,
)
def test_a_name_that_leads_out_of_the_run_is_refused(handle: Workbench, name: str):
    with handle.run("late") as run, pytest.raises(UsageError, match="name of an artifact"):
        run.artifact({name: b"x"})


def test_a_file_that_is_not_there_is_named(handle: Workbench, tmp_path: Path):
    with handle.run("late") as run, pytest.raises(UsageError, match=r"no file or folder .*nothing"):
        run.artifact(tmp_path / "nothing")


class Picture:
    """Saves itself as a figure of matplotlib does."""

    def savefig(self, into, **options):
        into.write(f"picture {options['format']}".encode())


class Page:
    """Writes itself as a figure of plotly does."""

    def write_html(self, path):
        Path(path).write_text("<html>페이지</html>", encoding="utf-8")


class Axes:
    figure = Picture()


def test_a_figure_is_kept_as_a_picture_or_a_page(handle: Workbench):
    with handle.run("late") as run:
        run.figure(Picture(), name="plots/roc")
        run.figure(Picture(), name="lift.svg")
        run.figure(Page())
        run.figure(Axes(), name="axes")
        with pytest.raises(UsageError, match="A str is no figure"):
            run.figure("roc")
        with pytest.raises(UsageError, match="name of an artifact"):
            run.figure(Picture(), name="../roc")

    assert kept(handle, handle.get_run(run.id)) == {
        "plots/roc.png": b"picture png",
        "lift.svg": b"picture svg",
        "figure-1.html": "<html>페이지</html>".encode(),
        "axes.png": b"picture png",
    }


def test_threads_log_to_one_run(handle: Workbench):
    with handle.run("late") as run:

        def log(number: int) -> None:
            for step in range(1_500):
                run.log(step=step, **{f"thread {number}": float(step)})

        threads = [threading.Thread(target=log, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    for number in range(4):
        assert values_of(handle, run.id, f"thread {number}") == [float(n) for n in range(1_500)]


def test_many_more_values_than_fit_in_memory_are_all_kept(handle: Workbench):
    with handle.run("late") as run:
        for step in range(25_000):
            run.log(step=step, auc=0.5)
        run.log_series("loss", np.arange(25_000))

    for key in ("auc", "loss"):
        assert sum(one.count for one in handle.metric_history(run.id, key)) == 25_000


def test_a_finished_run_goes_on(handle: Workbench):
    with handle.run("late") as run:
        run.log(step=9, auc=0.5)
    with handle.resume(run.label) as again:
        was = handle.get_run(run.id).state
        again.log(auc=0.6)
    found = handle.get_run(run.id)

    assert (was, found.state, found.ended_at is None) == (
        RunState.RUNNING,
        RunState.FINISHED,
        False,
    )
    assert (found.metrics["auc"].step, found.metrics["auc"].value) == (10, 0.6)


def test_a_failed_run_that_goes_on_forgets_its_error(handle: Workbench):
    with pytest.raises(ValueError, match="x"), handle.run("late") as run:
        raise ValueError("x")
    with handle.resume(run.id):
        pass

    assert handle.get_run(run.id).error is None


def test_a_running_run_is_added_to_and_ended_by_who_started_it(handle: Workbench):
    with handle.run("late") as run:
        with handle.resume(run.id) as other:
            other.log(theirs=1.0)
        assert handle.get_run(run.id).state is RunState.RUNNING
    found = handle.get_run(run.id)

    assert (found.state, found.metrics["theirs"].value) == (RunState.FINISHED, 1.0)


def test_an_unknown_run_and_that_of_a_job_do_not_go_on(trained):
    with workbench.open(trained.folder) as handle:
        with pytest.raises(NotFound):
            handle.resume("r99")
        with pytest.raises(UsageError, match="names no run"):
            handle.resume("x")
        of_job = next(one for one in handle.runs() if one.job_id is not None)
        with pytest.raises(UsageError, match=r"belongs to job j\d+"):
            handle.resume(of_job.id)


def test_a_run_that_nobody_can_log_to_any_more_is_finished(handle: Workbench):
    number = handle.run("late").id
    gc.collect()

    eventually(lambda: handle.get_run(number).state is RunState.FINISHED)


def test_a_run_that_is_removed_while_it_runs_is_said_at_its_end(
    handle: Workbench, capfd: pytest.CaptureFixture[str]
):
    run = handle.run("late")
    with handle._context.store.write() as tx:
        tx.runs.end(run.id, state=RunState.KILLED)
        tx.runs.remove(run.id)
    run.log(auc=0.7)

    assert not run.flush()
    with pytest.raises(NotFound, match="r1"):
        run.finish()
    assert "cannot be kept now" in capfd.readouterr().err


def test_a_notebook_shows_runs_whatever_they_are_called(handle: Workbench):
    evil = "<script>alert(1)</script>\u202e"
    with handle.run(evil, name=evil, params={evil: evil}, tags={evil: evil}) as run:
        run.log({evil: 0.5})
        run.note(evil)
        shown = [run._repr_html_(), handle.runs()._repr_html_(), handle.get_run(1)._repr_html_()]

    assert all("alert(1)" in one and "r1" in one for one in shown)
    assert not any("<script" in one or "\u202e" in one or "http" in one for one in shown)
    assert "No runs" in handle.runs(experiment="none")._repr_html_()


@pytest.mark.slow
def test_a_killed_process_leaves_what_it_had_flushed_and_a_run_that_fails(handle: Workbench):
    with program("hang", handle.project_dir) as process:
        assert process.stdout.readline() == "r1\n"
        process.kill()
    before = handle.get_run(1).state
    later = datetime.now(UTC) + timedelta(seconds=61)
    store = Store.open(handle.project_dir, program="test", clock=lambda: later)
    lost = end_lost(store)
    store.close()
    found = handle.get_run(1)

    assert (before, lost) == (RunState.RUNNING, (1,))
    assert (found.state, found.error.partition(" ")[0]) == (RunState.FAILED, "Its")
    assert found.ended_at == found.heartbeat_at
    assert values_of(handle, 1, "auc") == [0.7]


def test_the_runs_of_jobs_are_left_to_the_queue(handle: Workbench):
    with handle._context.store.write() as tx:
        job = tx.jobs.enqueue(NewJob(kind="train", subject="x", arguments={}))
    run = handle.run("late")
    with handle._context.store.write() as tx:
        of_job = tx.runs.start(new_run(job_id=job.id))
    later = datetime.now(UTC) + timedelta(seconds=61)
    store = Store.open(handle.project_dir, program="test", clock=lambda: later)
    lost = end_lost(store)
    store.close()
    run.flush()

    assert lost == (run.id,)
    assert handle.get_run(of_job.id).state is RunState.RUNNING
    assert handle.get_run(run.id).state is RunState.RUNNING
    run.finish()


@pytest.mark.slow
def test_two_processes_log_to_one_run(handle: Workbench):
    with handle.run("late") as run:
        run.flush()
        with program("add", handle.project_dir, run.label, "3000") as process:
            for step in range(3_000):
                run.log(step=step, ours=float(step))
            _, told = process.communicate(timeout=120)
        assert (process.returncode, told) == (0, "")
        assert handle.get_run(run.id).state is RunState.RUNNING

    for key in ("ours", "theirs"):
        assert values_of(handle, run.id, key) == [float(step) for step in range(3_000)]


@pytest.mark.slow
@pytest.mark.parametrize(("how", "children"), [("fork", 3), ("spawn", 1)])
def test_children_of_the_process_log_to_its_run(handle: Workbench, how: str, children: int):
    done = ended(how, handle.project_dir)

    assert (done.returncode, done.stderr) == (0, "")
    for number in range(children):
        assert values_of(handle, 1, f"child {number}") == [float(step) for step in range(100)]
    assert len(values_of(handle, 1, "ours")) == (101 if how == "fork" else 0)
    assert handle.get_run(1).state is RunState.FINISHED


@pytest.mark.slow
def test_a_program_that_ends_ends_its_runs(handle: Workbench):
    left = ended("leave", handle.project_dir)
    failed = ended("fail", handle.project_dir)
    runs = {one.id: one for one in handle.runs()}

    assert (left.returncode, failed.returncode) == (0, 1)
    assert [runs[number].state.value for number in (1, 2, 3)] == ["finished", "finished", "failed"]
    assert runs[3].error == "RuntimeError: no rows"
    assert [runs[number].metrics["auc"].value for number in (1, 2, 3)] == [0.7, 0.8, 0.7]


@pytest.mark.slow
def test_a_full_disk_loses_nothing_that_waits_in_memory(handle: Workbench):
    done = ended("fill", handle.project_dir)
    found = handle.get_run(1)

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("cannot be kept now") >= 1
    assert done.stderr.count("is being kept again") == done.stderr.count("cannot be kept now")
    assert found.state is RunState.FINISHED
    assert len(values_of(handle, 1, "auc")) == 3_000
    assert kept(handle, found)["late.txt"] == b"kept later"


def test_the_run_of_a_job_tells_what_it_took_however_short_it_was(trained):
    with workbench.open(trained.folder) as handle:
        found = handle.get_run(1)

    assert found.metrics["system.rss_bytes"].value > 1e6
    assert found.metrics["system.cpu_percent"].value > 0


@pytest.mark.slow
def test_what_could_not_be_kept_is_raised_at_the_end(handle: Workbench):
    done = ended("stay_full", handle.project_dir)

    assert "The last 1 values of r1 were not kept" in done.stdout, done.stderr


@pytest.mark.slow
def test_a_run_knows_the_commit_and_what_differs_from_it(handle: Workbench, tmp_path: Path):
    code = tmp_path / "code"
    code.mkdir()
    script = code / "fit.py"
    script.write_text("import sys, workbench\n")
    git = ["git", "-C", str(code), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    script.write_text(
        "import sys, workbench\nwith workbench.open(sys.argv[1]).run('late') as run: run.log(a=1)\n"
    )
    subprocess.run([sys.executable, script, handle.project_dir], check=True)
    found = handle.get_run(1)

    assert found.name == "fit"
    assert (len(found.environment["git.commit"]), found.environment["git.dirty"]) == (40, True)
    assert found.environment["script"] == str(script)
    assert b"+with workbench.open" in artifacts_of(handle, found)["code.diff"]
