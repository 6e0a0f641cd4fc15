"""`python -m kit new` and `pack`: from this kit to a team's own project, and to its hand-in."""
