"""llama.cpp's C++ server from its wheel: python -m benchmarks.peers.xllamacpp_server GGUF PORT ROLE CONTEXT SLOTS."""

import sys
import threading

import psutil
import xllamacpp

path, port, role, context, slots = sys.argv[1:]
params = xllamacpp.CommonParams()
params.model.path = path
params.port = int(port)
params.n_parallel = int(slots)
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = psutil.cpu_count(logical=False)
if role == "embedding":
    params.embedding = True
    params.n_ctx = 512 * int(slots)
else:
    params.n_ctx = int(context)
    params.kv_unified = True  # a prompt may be longer than its share of the context
server = xllamacpp.Server(params)
threading.Event().wait()
