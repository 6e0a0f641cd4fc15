"""All checks side by side, each with a bounded time: a doctor that hangs is one fault more."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

from kit.doctor.checks import (
    env_lines,
    env_values,
    hubs,
    index,
    library,
    machine,
    models,
    network,
    ports,
    python,
    server,
)
from kit.doctor.finding import Finding, error, warning
from kit.doctor.probes.api import Api
from kit.doctor.setup import Setup, place
from kit.endpoint import base_url
from kit.problem import Problem

Check = Callable[[], Iterator[Finding]]

CHECKS: list[Callable[[Setup], Iterator[Finding]]] = [
    python.interpreter,
    python.packages,
    python.hidden,
    machine.memory,
    machine.disk,
    machine.folder,
    library.library,
    library.instructions,
    env_lines.env_file,
    env_values.settings,
    models.models,
    network.names,
    network.proxies,
    network.package_index,
    hubs.hubs,
    ports.port,
    ports.other_servers,
    index.lock,
]
LOOK_SECONDS = 9.5
LIVE_SECONDS = 48
# An endpoint is asked fifteen things, some of them with long answers.
CONFORMANCE_SECONDS = 240
# As many requests at once as a small server works on side by side.
AT_ONCE = 4


def examine(setup: Setup, live: bool) -> list[Finding]:
    """What is found of this machine; with `live`, models are asked too, where they answer."""
    checks: list[Check] = [partial(check, setup) for check in CHECKS]
    apis = [Api(place("CHAT"), "CHAT"), Api(place("EMBEDDING"), "EMBEDDING")]
    found = side_by_side(checks + [partial(_reachable, api) for api in apis], LOOK_SECONDS)
    if (
        apis[0].place.base_url == apis[1].place.base_url
        and found[-2]
        and found[-2][0].code == "server.answer"
    ):
        found[-1] = found[-1] if found[-2][0].level == "ok" else []  # said once
    findings = [finding for each in found for finding in each]
    if live:
        answering = [
            api for api, told in zip(apis, found[-2:], strict=True) if told and told[0].level == "ok"
        ]
        asked = [(probe, api) for api in answering for probe in server.LIVE[api.role]]
        probes: list[Check] = [partial(server.live, probe, api) for probe, api in asked]
        if apis[1] in answering:
            probes.append(partial(index.fingerprint, setup))
        findings += [finding for each in side_by_side(probes, LIVE_SECONDS, AT_ONCE) for finding in each]
    return findings


def _reachable(api: Api) -> Iterator[Finding]:
    """Of an address that is none, env_values has said what is to be said."""
    try:
        base_url(f"{api.role}_MODEL_BASE_URL")
    except Problem:
        return
    yield from server.reachable(api)


def conformance(chat: Api, embedding: Api) -> list[Finding]:
    """What an endpoint can and can't do."""
    findings = list(server.reachable(chat))
    if findings[0].level == "error" and findings[0].code == "server.answer":
        return findings
    asked = [(probe, api) for api in (chat, embedding) for probe in server.ALL[api.role]]
    probes: list[Check] = [partial(server.live, probe, api) for probe, api in asked]
    return findings + [
        finding for each in side_by_side(probes, CONFORMANCE_SECONDS, AT_ONCE) for finding in each
    ]


def side_by_side(checks: list[Check], seconds: float, at_once: int = len(CHECKS) + 2) -> list[list[Finding]]:
    """The findings of each check, in the order of the checks; one that is not done in time says so."""
    told: queue.SimpleQueue[tuple[int, list[Finding]]] = queue.SimpleQueue()
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(checks)):
        waiting.put(number)

    def work() -> None:
        while True:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            told.put((number, _guarded(checks[number])))

    # A name that is looked up has no timeout of its own: a daemon thread can be left behind.
    for _ in range(min(len(checks), at_once)):
        threading.Thread(target=work, daemon=True).start()
    found: dict[int, list[Finding]] = {}
    deadline = time.monotonic() + seconds
    while len(found) < len(checks):
        try:
            number, findings = told.get(timeout=max(0.001, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[number] = findings
    return [
        found.get(number) or ([] if number in found else [_slow(seconds)]) for number in range(len(checks))
    ]


def _guarded(check: Check) -> list[Finding]:
    findings: list[Finding] = []
    try:
        findings += check()
    except ModuleNotFoundError as missing:
        findings.append(
            error(
                "python.packages",
                f"a check needs the package {missing.name}, which is not installed."
                " Run `python -m pip install -r requirements.txt -e .`.",
                f"有一项检查需要 {missing.name}，但未安装。请运行 `python -m pip install -r requirements.txt -e .`。",
            )
        )
    except Exception as problem:  # a doctor that fails at one thing still tells the others
        reason = f"{type(problem).__name__}: {problem}"
        findings.append(
            warning(
                "doctor.failed",
                f"a check failed itself ({reason}). The others hold; please report this one.",
                f"有一项检查自身出错（{reason}）。其余结果有效，请反馈此问题。",
            )
        )
    return findings


def _slow(seconds: float) -> Finding:
    return warning(
        "doctor.slow",
        f"a check was not done after {seconds:.0f} s. The machine or the server is busy: stop other"
        " work, and try again.",
        f"有一项检查在 {seconds:.0f} 秒内没有完成，机器或服务器可能正忙。请停下其他任务后重试。",
    )
