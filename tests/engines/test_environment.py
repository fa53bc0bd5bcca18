from __future__ import annotations

import platform
import subprocess

import numpy as np

from workbench.config import RecipeConfig
from workbench.engines.environment import capture, recipe_source_hash


def git(folder, *arguments):
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


def test_the_environment_names_python_and_packages():
    found = capture()

    assert found["python"] == platform.python_version()
    assert found["package.numpy"] == np.__version__


def test_a_folder_outside_git_has_no_commit(tmp_path):
    assert "git.commit" not in capture(tmp_path)


def test_a_checkout_tells_its_commit_and_whether_it_was_changed(tmp_path):
    (tmp_path / "recipes.py").write_text("a = 1")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    clean = capture(tmp_path)
    (tmp_path / "recipes.py").write_text("a = 2")
    dirty = capture(tmp_path)

    assert (clean["git.dirty"], dirty["git.dirty"]) == (False, True)
    assert len(str(clean["git.commit"])) == 40
    assert "git.diff_sha256" in dirty


def test_a_recipe_is_another_one_when_its_params_or_its_source_change(tmp_path):
    (tmp_path / "recipes.py").write_text("a = 1")
    recipe = RecipeConfig(name="r", model="recipes:make", params={"a": 1})
    first = recipe_source_hash(recipe, tmp_path)
    (tmp_path / "recipes.py").write_text("a = 2")

    assert first != recipe_source_hash(recipe, tmp_path)
    assert recipe_source_hash(recipe, None) != recipe_source_hash(
        RecipeConfig(name="r", model="recipes:make", params={"a": 2}), None
    )


def test_the_name_of_a_recipe_does_not_matter():
    one, other = (
        recipe_source_hash(RecipeConfig(name=name, model="m", params={}), None) for name in "ab"
    )

    assert one == other
