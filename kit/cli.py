"""`python -m kit`: doctor, connect, new, pack, space."""

import typer

from kit.connect.command import connect
from kit.doctor.command import doctor
from kit.fork.new import new
from kit.fork.pack import pack
from kit.space.command import space

app = typer.Typer(
    help="Find faults, connect programs, begin a fork, hand it in. 检查环境，连接其他程序，开始自己的项目，打包提交。",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(doctor)
app.command()(connect)
app.command()(new)
app.command()(pack)
app.command()(space)


def main() -> None:
    app()
