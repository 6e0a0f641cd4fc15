"""Model hubs, the certificates that they are known by, and the clock that certificates are checked by."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from kit.doctor.finding import Finding, error, note, ok
from kit.doctor.setup import Setup
from kit.web.certificates import certificate_fault
from kit.web.hub import HUBS

HUB_SECONDS = 3.0
# Certificates and keys bear some minutes.
LEAST_DRIFT = 300


def hubs(setup: Setup) -> Iterator[Finding]:
    """Which model hubs answer, how fast, and what time they say it is."""
    if fault := certificate_fault():
        yield error("network.certificates", f"{fault[0]}.", f"{fault[1]}。")
        return
    silent: list[tuple[str, str]] = []
    drift = None
    for hub in HUBS.values():
        if fault := hub.fault:
            yield error("network.hub_address", f"{fault[0]}.", f"{fault[1]}。")
            continue
        began = time.monotonic()
        try:
            answer = httpx2.head(hub.address, timeout=HUB_SECONDS)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as problem:
            en, zh = _reason(problem)
            silent.append((f"{hub.name} ({en})", f"{hub.name}（{zh}）"))
            continue
        milliseconds = f"{(time.monotonic() - began) * 1000:.0f} ms"
        yield ok(
            "network.hub", f"{hub.name} answers in {milliseconds}", f"{hub.name} 响应时间 {milliseconds}"
        )
        drift = drift or _drift(answer.headers.get("Date"))
    if silent:
        yield note(
            "network.hubs",
            f"no answer from {', '.join(en for en, _ in silent)}. The models marked as measured come through the"
            " package index as well; for others name a mirror as HF_ENDPOINT in .env.",
            f"无法访问 {'、'.join(zh for _, zh in silent)}。目录中标为 measured 的模型也可通过软件包索引下载；"
            "其他模型请在 .env 中用 HF_ENDPOINT 指定镜像。",
        )
    if drift and abs(drift) > LEAST_DRIFT:
        yield _wrong_clock(drift)


def _wrong_clock(drift: float) -> Finding:
    minutes = f"{abs(drift) / 60:.0f}"
    direction = ("ahead", "快了") if drift > 0 else ("behind", "慢了")
    return error(
        "network.clock",
        f"this machine's clock is {minutes} minutes {direction[0]}: certificates and keys will"
        " be refused. Set it by the network in the system's settings.",
        f"本机时钟{direction[1]} {minutes} 分钟，证书和密钥会被拒绝。请在系统设置中启用自动校时。",
    )


def _reason(problem: Exception) -> tuple[str, str]:
    """In English and Chinese, as far as it is not the system that speaks."""
    if isinstance(problem, httpx2.TimeoutException):
        return f"nothing in {HUB_SECONDS:g} s", f"{HUB_SECONDS:g} 秒内没有回应"
    text = str(problem).strip().splitlines()
    told = re.sub(r"^\[.*?\] ", "", text[0]) if text else type(problem).__name__
    return told, told


def _drift(date: str | None) -> float | None:
    """Seconds that this machine's clock is ahead of an answer's."""
    try:
        return (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds() if date else None
    except ValueError:
        return None
