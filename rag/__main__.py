from kit.problem import exit_on_problem

with exit_on_problem():
    from rag.cli import app

    app()
