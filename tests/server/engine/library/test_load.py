"""Which llama.cpp is loaded, and what is said when none can be."""

import ctypes
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from llama_cpp import llama_cpp as lib

from kit.problem import Problem
from server.engine.library import load as loading
from server.engine.library.carrier import Carrier, carriers
from server.engine.library.structures import CONTEXT_DEFAULTS, check_defaults, check_structures


@pytest.fixture
def carrier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Carrier:
    """An installed carrier of one file."""
    (tmp_path / "carried").mkdir()
    (tmp_path / "carried" / "libllama.so").write_bytes(b"native code")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(loading, "missing_features", list)
    found = Carrier(
        "linux",
        "x86_64",
        package="a-carrier",
        version="1.2",
        module="carried",
        library="libllama.so",
        files={"libllama.so": hashlib.sha256(b"native code").hexdigest()},
    )
    monkeypatch.setattr(loading, "fitting", lambda: found)
    return found


def refusal() -> Problem:
    with pytest.raises(Problem) as caught:
        loading.installed_carrier()
    return caught.value


def test_a_carrier_is_taken_without_running_its_code(carrier: Carrier, tmp_path: Path) -> None:
    (tmp_path / "carried" / "__init__.py").write_text("raise SystemExit('it ran')", encoding="utf-8")

    assert loading.installed_carrier() == (carrier, tmp_path / "carried")


def test_one_changed_byte_is_never_loaded(carrier: Carrier, tmp_path: Path) -> None:
    (tmp_path / "carried" / "libllama.so").write_bytes(b"native c0de")

    problem = refusal()

    assert "a-carrier==1.2" in problem.en and "a-carrier==1.2" in problem.zh


def test_every_file_beside_the_library_has_to_be_there(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = replace(carrier, files=carrier.files | {"libggml.so": "0" * 64})
    monkeypatch.setattr(loading, "fitting", lambda: more)

    assert "libggml.so" in refusal().en


def test_a_missing_package_is_named_with_its_version(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "fitting", lambda: replace(carrier, module="not_installed"))

    assert "pip install a-carrier==1.2" in refusal().en


def test_a_system_that_no_carrier_fits_is_told_to_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "fitting", lambda: None)

    problem = refusal()

    assert "docs/compile.md" in problem.en and "docs/compile.zh-CN.md" in problem.zh


def test_a_processor_that_the_carriers_do_not_run_on_is_told_to_compile(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown instruction would end the process without a word."""
    monkeypatch.setattr(loading, "missing_features", lambda: ["avx2", "fma"])

    problem = refusal()

    assert "avx2, fma" in problem.en and "docs/compile.md" in problem.en
    assert "avx2, fma" in problem.zh


def test_a_system_without_openmp_is_told_which_package_has_it() -> None:
    reason = "libgomp.so.1: cannot open shared object file: No such file or directory"

    problem = loading.does_not_load("xllamacpp 1", reason)

    assert "apt install libgomp1" in problem.en and "apt install libgomp1" in problem.zh


def test_what_the_system_s_loader_says_is_passed_on() -> None:
    """Another architecture, an older C library."""
    reason = "/lib/libc.so.6: version `GLIBC_2.38' not found"

    problem = loading.does_not_load("a-carrier 1.2", reason)

    assert reason in problem.en and reason in problem.zh
    assert "docs/compile.md" in problem.en


def test_a_function_that_the_library_lacks_raises_when_it_is_called_and_not_before() -> None:
    """xllamacpp exports no llama_model_quantize, which llama-cpp-python asks for when it is imported."""
    library = loading.Library(lib._lib._name, handle=lib._lib._handle)

    missing = library.llama_function_of_next_year

    with pytest.raises(Problem, match="llama_function_of_next_year"):
        missing(1, 2)
    assert library.llama_max_devices() >= 1


def test_the_loaded_library_has_the_structures_of_llama_cpp_python() -> None:
    check_structures("here")


@pytest.mark.parametrize("member", ["n_ctx", "yarn_orig_ctx", "type_k", "no_perf"])
def test_a_library_with_one_member_more_is_a_message_and_not_a_crash(member: str) -> None:
    """xllamacpp 2026.10 has another llama_context_params: contexts were made with settings from wrong places."""
    fields = list(lib.llama_context_params._fields_)
    place = next(index for index, field in enumerate(fields) if field[0] == member)
    kind = ctypes.c_bool if member == "no_perf" else ctypes.c_uint32

    class Ours(ctypes.Structure):
        _fields_ = (*fields[:place], ("of_another_version", kind), *fields[place:])

    with pytest.raises(Problem, match="does not fit"):
        check_defaults("here", lib._lib.llama_context_default_params, Ours, CONTEXT_DEFAULTS)


def test_every_carrier_s_library_is_among_the_files_that_are_checked() -> None:
    assert len(carriers()) == 5
    for carrier in carriers():
        assert carrier.library in carrier.files
        assert all(len(sha256) == 64 for sha256 in carrier.files.values())
