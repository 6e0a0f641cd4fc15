"""How often a model is right: calls, schemas, answers."""
