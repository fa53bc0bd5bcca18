# The commands of this repository; `just` alone lists them.

export PATH := justfile_directory() / ".venv/bin:" + env("PATH")

# List the commands
default:
    @just --list --unsorted

# Live through the demo: a year of flights, drift, retraining, the gate
demo *OPTIONS:
    workbench demo {{ OPTIONS }}

# Run the quick tests
test *OPTIONS:
    pytest -m "not slow" -n 2 {{ OPTIONS }}

# Run the quick tests with other made-up examples than ever before
explore *OPTIONS:
    pytest -m "not slow" -n 2 --hypothesis-profile=new {{ OPTIONS }}

# Run every check and every test; `just check slow` leaves out the quick tests
check TESTS="all": fmt-check lint types floors
    pytest -n 2 {{ if TESTS == "all" { "" } else { "-m " + TESTS } }}

# Format the code
fmt:
    ruff format
    ruff check --select I --fix

# Say what `just fmt` would change
fmt-check:
    ruff format --check

# Lint the code
lint:
    ruff check

# Check the types
types:
    mypy

# Check who imports whom; the linter's cache misses a module that is new
floors:
    lint-imports --no-cache

# Measure: start-up, or another area of tests/bench
bench AREA="":
    python -m tests.bench {{ AREA }}

# Pin what the tests run with, anew
lock:
    uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras \
        --no-header --no-annotate --no-emit-index-url --output-file constraints.txt pyproject.toml
