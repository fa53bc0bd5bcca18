"""The workbench.toml that a new project starts with."""

from __future__ import annotations

STARTER = """\
# What this project is. A mistake here is reported with everything that is allowed.

[project]
name = {name}

# A dataset: files that arrive in a folder become its versions.
# [datasets.sales]
# files = "inbox/sales/*"        # CSV, TSV, JSON lines or Parquet, plain or compressed
# mode  = "append"               # append: a file adds rows; replace: a file is the whole table
# time  = "sold_at"              # column of the event time: for time splits and windows
# key   = ["sale_id"]            # columns that identify a row

# Checks that a file must pass before its rows count.
# [datasets.sales.checks.table]
# rows = { min = 100 }
# [datasets.sales.checks.columns]
# sale_id = { not_null = true, unique = true }
# price   = { min = 0, on_fail = "warn" }         # block (the default) or warn
# region  = { in = ["north", "south"], max_null_share = 0.01 }

# An experiment: a column to predict, and an estimator that learns it.
# [experiments.returned]
# dataset = "sales"
# target  = "returned"
# exclude = ["sale_id"]
# split   = { by = "time", test = "30d" }         # time, random, stratified or group
# model   = "lightgbm.LGBMClassifier"             # any scikit-learn estimator by import path
# params  = { n_estimators = 200 }
# metric  = "roc_auc"
# slices  = ["region"]                            # columns whose values are judged one by one
# cv      = 5                                     # folds of the training rows, beside the test
# seed    = 7

# What `workbench tune returned` tries.
# [experiments.returned.search.params]
# learning_rate = { low = 0.01, high = 0.3, log = true }
# num_leaves    = { low = 8, high = 128 }

# A model: which experiment makes its versions, what they must show, when a new one is trained.
# [models.returned]
# experiment = "returned"
# description  = "Says which sales come back."             # both stand on the card of each version
# intended_use = "Planning the stock of returned goods. Not for deciding on single customers."
# gate    = { non_inferiority = 0.002, slices = ["region"] }
# retrain = { on = ["drift", "performance"], cooldown = "24h", window = "90d" }

[serve]
port = 8080

[watch]
settle = "2s"                    # how long a file must not change before it is read
after  = "move"                  # move: to done/ beside it; leave; delete
poll   = false                   # true: the folders lie on a network

[worker]
slots = 2                        # jobs that run at the same time
"""
