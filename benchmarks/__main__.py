"""`python -m benchmarks NAME`."""

from kit.problem import exit_on_problem

with exit_on_problem():
    import typer

    from benchmarks import engine, plot, prefixes, soak, tools, turns
    from kit.env import load_env

    app = typer.Typer(
        help="Measure the server. 测量服务器。", add_completion=False, pretty_exceptions_enable=False
    )
    app.command("engine")(engine.run)
    app.command("plot")(plot.run)
    app.command("prefixes")(prefixes.run)
    app.command("soak")(soak.run)
    app.command("tools")(tools.run)
    app.command("turns")(turns.run)

    load_env()
    app()
