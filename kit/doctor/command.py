"""`python -m kit doctor`."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from kit.doctor import report
from kit.doctor.examine import CONFORMANCE_SECONDS, conformance, examine
from kit.doctor.finding import Finding
from kit.doctor.probes.api import Api
from kit.doctor.setup import Setup, place
from kit.endpoint import Endpoint
from kit.problem import Problem


def doctor(
    quick: Annotated[bool, typer.Option("--quick", help="Ask no model. 不调用模型。")] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what is safe to mend. 修复可安全修复的问题。")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs. 输出 JSON。")] = False,
    share: Annotated[
        Path | None,
        typer.Option(help="Write a page for a mentor, keys masked. 写出供导师查看的报告（隐去密钥）。"),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(metavar="URL", help="What this endpoint can and can't do. 测试该接口的能力。"),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Its chat model. 对话模型名。")] = None,
    embedding_model: Annotated[str | None, typer.Option(help="Its embedding model. 嵌入模型名。")] = None,
) -> None:
    """Find what is wrong with this set-up 检查环境并给出解决办法。

    Exit code 0: no errors; 1: at least one. 退出码 0 表示没有错误，1 表示有错误。
    """
    setup = Setup.read()
    if endpoint:
        chat, embedding = _asked(endpoint, model, embedding_model)
        findings = conformance(chat, embedding)
    else:
        findings = examine(setup, live=not quick)
        if fix:
            findings = _mended(setup, findings, live=not quick)
    if share:
        _write(share, report.page(findings))
    if as_json:
        print(report.as_json(findings))
    else:
        report.show(findings)
    raise typer.Exit(int(any(finding.level == "error" for finding in findings)))


def _asked(url: str, model: str | None, embedding_model: str | None) -> tuple[Api, Api]:
    """The key of `.env` goes only to the host that it is for."""
    url = url.rstrip("/")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise Problem(
            f"--endpoint {url} is not a web address. It should look like http://localhost:8080/v1.",
            f"--endpoint {url} 不是网址，应形如 http://localhost:8080/v1。",
        )
    known = [place("CHAT"), place("EMBEDDING")]
    keys = [one.api_key if urlsplit(one.base_url).netloc == urlsplit(url).netloc else "moly" for one in known]
    chat = Api(Endpoint(url, model or known[0].model, keys[0]), "CHAT", CONFORMANCE_SECONDS)
    if model is None and chat.place.model not in (listed := _listed(chat)) and listed:
        chat = Api(Endpoint(url, listed[0], keys[0]), "CHAT", CONFORMANCE_SECONDS)
    return chat, Api(Endpoint(url, embedding_model or known[1].model, keys[1]), "EMBEDDING")


def _listed(api: Api) -> list[str]:
    try:
        return api.models()
    except Problem:
        return []  # which the run says


def _mended(setup: Setup, findings: list[Finding], live: bool) -> list[Finding]:
    """Fix, one at a time since lines move, and look again."""
    tried: set[str] = set()
    while todo := next((f for f in findings if f.fix and f.en not in tried), None):
        tried.add(todo.en)
        assert todo.fix
        todo.fix()
        told = f"{todo.en.splitlines()[0]}\n  {todo.zh.splitlines()[0]}"
        report.console.print(f"fixed 已修复: {todo.code}: {told}", soft_wrap=True)
        setup = Setup.read_again(setup)
        findings = examine(setup, live=False)
    return examine(setup, live) if tried and live else findings


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Problem(
            f"cannot write {path}: {error.strerror}. Name another file after --share.",
            f"无法写入 {path}：{error.strerror}。请在 --share 后换一个文件。",
        ) from None
