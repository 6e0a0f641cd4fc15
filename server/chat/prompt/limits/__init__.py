"""How long the prompts of a template may get."""
