"""Sample agents that run on whatever endpoint `.env` names. `python -m agents` lists them."""
