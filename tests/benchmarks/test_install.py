"""What the dependencies weigh."""

from importlib.metadata import distributions

from packaging.utils import canonicalize_name

from benchmarks.install import closure, wanted


def test_extras_and_other_systems_are_not_counted() -> None:
    needed = wanted(["rich>=15", "pytest; extra == 'test'", "pywin32; sys_platform == 'plan9'"])

    assert needed == {"rich"}


def test_what_a_package_needs_comes_with_it() -> None:
    installed = {canonicalize_name(found.name): found for found in distributions()}
    rich = canonicalize_name("rich")

    assert closure({rich}, installed) >= {"rich", "markdown-it-py", "mdurl", "pygments"}
