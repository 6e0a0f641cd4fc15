"""Tokens in, tokens out: batching, sampling, embedding. Knows no OpenAI and no text formats."""

import os

# OpenMP reads this when llama.cpp is loaded. Threads that spin while they wait for each other all but stand still
# as soon as another program wants a core.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
