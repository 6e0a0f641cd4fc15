"""`python -m benchmarks NAME`."""

from kit.problem import exit_on_problem

with exit_on_problem():
    import typer

    from benchmarks import install
    from benchmarks.engine import determinism, drafts, prefixes, profile, soak, threads, turns
    from benchmarks.model import fewer_tools, model, schemas, tools
    from benchmarks.page import page
    from benchmarks.peers import engine, hybrid, plot
    from benchmarks.rag import constants, growth, ingest
    from benchmarks.scale import scale
    from benchmarks.trust import trust
    from kit.env import load_env

    app = typer.Typer(
        help="Measure the server. 测量服务器。", add_completion=False, pretty_exceptions_enable=False
    )
    app.command("constants")(constants.run)
    app.command("determinism")(determinism.run)
    app.command("drafts")(drafts.run)
    app.command("engine")(engine.run)
    app.command("fewer-tools")(fewer_tools.run)
    app.command("growth")(growth.run)
    app.command("hybrid")(hybrid.run)
    app.command("ingest")(ingest.run)
    app.command("install")(install.run)
    app.command("model")(model.run)
    app.command("page")(page.run)
    app.command("plot")(plot.run)
    app.command("prefixes")(prefixes.run)
    app.command("profile")(profile.run)
    app.command("scale")(scale.run)
    app.command("schemas")(schemas.run)
    app.command("soak")(soak.run)
    app.command("threads")(threads.run)
    app.command("tools")(tools.run)
    app.command("trust")(trust.run)
    app.command("turns")(turns.run)

    load_env()
    app()
