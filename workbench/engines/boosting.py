"""LightGBM, trained natively: categories without one-hot, metrics after every tree, the same trees every time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightgbm
import numpy as np
from lightgbm.callback import CallbackEnv, EarlyStopException
from numpy.typing import NDArray

from storage.records import InputType
from workbench.config import Task
from workbench.core import metrics
from workbench.engines.boosting_params import BoostingParams, canonical, refusal
from workbench.engines.learnt import Learnt
from workbench.engines.native import BoosterModel
from workbench.engines.progress import Progress, Report, extra_metrics, has_label
from workbench.engines.training_set import TrainingSet

VALIDATION_SHARE = 0.1
"""Share of the training rows that decide when to stop early; the test rows must not."""

_COMPARED = 500
"""Test rows on which the scores of training must be those of the stored model, to the last bit."""
_BUILT_IN = {
    "binary": {"auc": "roc_auc", "binary_logloss": "log_loss"},
    "multiclass": {"multi_logloss": "log_loss", "multi_error": "accuracy"},
    "regression": {"rmse": "rmse", "l1": "mae"},
}
_STOPPING_METRIC = {
    "binary": "binary_logloss",
    "multiclass": "multi_logloss",
    "regression": "rmse",
}


def fit(
    params: Mapping[str, Any], rows: TrainingSet, *, seed: int, metric: str, report: Report
) -> Learnt:
    """Boosts trees on `rows`.

    Args:
        params: LightGBM's parameters under any of their names.
        rows: What to learn from and what to test on.
        seed: Fixes everything that chance decides.
        metric: The experiment's metric, streamed besides the usual ones.
        report: Called after every tree.

    Raises:
        TrainingFailed: LightGBM refuses the parameters or the rows.
    """
    used = canonical(params, rows, seed=seed)
    train, validation = _divided(rows, used, seed=seed)
    watch = _Watch(used, rows.task, report)
    try:
        booster = lightgbm.train(
            {**used.lightgbm, "metric": list(_metrics(rows))},
            train,
            num_boost_round=used.rounds,
            valid_sets=[_test_set(rows, train), *([validation] if validation else [])],
            valid_names=["test", *(["validation"] if validation else [])],
            feval=_extra_metric(rows.task, metric),
            callbacks=[watch],
            keep_training_booster=True,
        )
    except lightgbm.basic.LightGBMError as error:
        raise refusal(error, used.lightgbm) from error
    # What is scored here is what will be stored: the text, and only the trees up to the best one.
    stored = lightgbm.Booster(model_str=booster.model_to_string())
    model = BoosterModel(signature=rows.signature, booster=stored, threads=used.threads)
    return Learnt(
        model=model,
        test_scores=_test_scores(model, booster, rows, stops_early=used.patience is not None),
        params=used.shown(),
        messages=watch.messages,
    )


def _test_scores(
    model: BoosterModel, trained: lightgbm.Booster, rows: TrainingSet, *, stops_early: bool
) -> NDArray[np.float64]:
    """The scores of the test rows, which LightGBM has added up tree by tree while it measured them."""
    matrix = rows.test_matrix
    if not stops_early and has_label(rows.task, rows.test_target).all():
        scores = _scores_of_training(trained)
        sample = matrix[:_COMPARED]
        if np.array_equal(scores[: len(sample)], model.matrix_scores(sample)):
            return scores
    return model.matrix_scores(matrix)


def _scores_of_training(trained: lightgbm.Booster) -> NDArray[np.float64]:
    """What a booster that still has its test rows says of them."""
    seen: list[NDArray[np.float64]] = []

    def keep(scores: NDArray[np.float64], _: lightgbm.Dataset) -> tuple[str, float, bool]:
        seen.append(np.array(scores, np.float64))
        return "kept", 0.0, True

    trained.eval_valid(keep)
    return seen[0]


class _Watch:
    """LightGBM's callback: reports every tree and stops when the validation rows gain nothing."""

    order = 40

    def __init__(self, params: BoostingParams, task: Task, report: Report) -> None:
        self.messages: tuple[str, ...] = ()
        self._params = params
        self._task = task
        self._report = report
        self._best: tuple[float, int] = (np.inf, -1)

    def __call__(self, env: CallbackEnv) -> None:
        results = env.evaluation_result_list or []
        found = {name: value for rows, name, value, *_ in results if rows == "test"}
        self._report(
            Progress(
                step=env.iteration + 1,
                steps=self._params.rounds,
                metrics={_shown(self._task, name): _value(name, v) for name, v in found.items()},
            )
        )
        if self._params.patience is not None:
            self._stop_early(env, self._params.patience)

    def _stop_early(self, env: CallbackEnv, patience: int) -> None:
        losses = [
            value
            for rows, name, value, *_ in env.evaluation_result_list or []
            if rows == "validation" and name == _STOPPING_METRIC[self._task]
        ]
        if losses[0] < self._best[0]:
            self._best = (losses[0], env.iteration)
        is_last = env.iteration + 1 == self._params.rounds
        if is_last or env.iteration - self._best[1] >= patience:
            best = self._best[1] + 1
            self.messages = (f"Kept {best} of {env.iteration + 1} trees, the best on validation.",)
            raise EarlyStopException(self._best[1], [])


def _metrics(rows: TrainingSet) -> tuple[str, ...]:
    names = tuple(_BUILT_IN[rows.task])
    known = rows.test_target[has_label(rows.task, rows.test_target)]
    # LightGBM calls the area under the curve of a single class 1.
    return names if len(np.unique(known)) > 1 else tuple(name for name in names if name != "auc")


def _shown(task: Task, name: str) -> str:
    return _BUILT_IN[task].get(name, name)


def _value(name: str, value: float) -> float:
    return 1.0 - float(value) if name == "multi_error" else float(value)


def _extra_metric(task: Task, metric: str) -> Any:
    """The experiment's metric as LightGBM wants it; None when it is measured anyway or unknown."""
    if not extra_metrics(task, metric):
        return None

    def measured(scores: NDArray[np.float64], rows: lightgbm.Dataset) -> tuple[str, float, bool]:
        labels = np.asarray(rows.get_label(), np.float64)
        truth = labels if task == "regression" else labels.astype(np.int64)
        return metric, metrics.metric(metric, task, truth, np.asarray(scores, np.float64)), True

    return measured


def _divided(
    rows: TrainingSet, params: BoostingParams, *, seed: int
) -> tuple[lightgbm.Dataset, lightgbm.Dataset | None]:
    matrix, target = rows.train_matrix, rows.train_target
    if params.patience is None:
        return _dataset(rows, params, matrix, target), None
    order = np.random.default_rng(seed).permutation(len(target))
    kept, held = np.split(order, [len(order) - max(1, int(len(order) * VALIDATION_SHARE))])
    kept.sort()
    train = _dataset(rows, params, matrix[kept], target[kept])
    return train, train.create_valid(matrix[held], target[held])


def _dataset(
    rows: TrainingSet,
    params: BoostingParams,
    matrix: NDArray[np.float64],
    target: NDArray[np.float64],
) -> lightgbm.Dataset:
    columns = rows.signature.inputs
    texts = [at for at, column in enumerate(columns) if column.type is InputType.STRING]
    return lightgbm.Dataset(
        matrix,
        target,
        weight=_balanced(target) if params.is_balanced else None,
        feature_name=[column.graph_name for column in columns],
        categorical_feature=texts,
        params=params.lightgbm,
    )


def _test_set(rows: TrainingSet, train: lightgbm.Dataset) -> lightgbm.Dataset:
    labelled = has_label(rows.task, rows.test_target)
    return train.create_valid(rows.test_matrix[labelled], rows.test_target[labelled])


def _balanced(target: NDArray[np.float64]) -> NDArray[np.float64]:
    codes = target.astype(np.int64)
    counts = np.bincount(codes)
    return len(codes) / (len(counts) * counts[codes])
