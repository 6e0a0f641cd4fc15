"""Tokens in, tokens out: batching, sampling, embedding. Knows no OpenAI and no text formats."""
