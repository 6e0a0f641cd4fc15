"""Whether a library lays out its structures as llama-cpp-python does."""

import ctypes
from typing import Any

from kit.problem import Problem

# Defaults that only the right structures read right: first and last members, and numbers that nothing else has.
MODEL_DEFAULTS = {
    "n_gpu_layers": -1,
    "split_mode": 1,
    "main_gpu": 0,
    "use_extra_bufts": True,
    "load_mtp": False,
}
CONTEXT_DEFAULTS = {
    "n_ctx": 512,
    "n_batch": 2048,
    "n_ubatch": 512,
    "n_seq_max": 1,
    "rope_scaling_type": -1,
    "pooling_type": -1,
    "yarn_ext_factor": -1.0,
    "defrag_thold": -1.0,
    "type_k": 1,
    "type_v": 1,
    "swa_full": True,
    "kv_unified": False,
    "n_samplers": 0,
}


def check_structures(origin: str) -> None:
    """Raises `Problem` for a library that would read our settings from the wrong places."""
    from llama_cpp import llama_cpp as lib

    check_defaults(origin, lib._lib.llama_model_default_params, lib.llama_model_params, MODEL_DEFAULTS)
    check_defaults(origin, lib._lib.llama_context_default_params, lib.llama_context_params, CONTEXT_DEFAULTS)


def check_defaults(
    origin: str, function: Any, structure: type[ctypes.Structure], expected: dict[str, Any]
) -> None:
    """Raises `Problem` unless the structure that the function returns reads as `expected`."""

    class Roomy(ctypes.Structure):
        """A library whose structure is longer must not write past ours."""

        _fields_ = (("params", structure), ("room", ctypes.c_char * 4096))

    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    params = ctypes.CFUNCTYPE(Roomy)(address)().params
    for name, value in expected.items():
        if (found := getattr(params, name)) != value:
            raise Problem(
                f"The llama.cpp that is loaded ({origin}) does not fit llama-cpp-python: its {name} is {found}, "
                f"not {value}. Install the kit again with the command in README.md, or compile: docs/compile.md.",
                f"当前加载的 llama.cpp（{origin}）与 llama-cpp-python 不匹配：{name} 为 {found}，应为 {value}。"
                "请按 README.zh-CN.md 中的命令重新安装，或自行编译，见 docs/compile.zh-CN.md。",
            )
