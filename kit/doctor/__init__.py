"""`python -m kit doctor`: what keeps an agent from its models, found and named with a cure."""
