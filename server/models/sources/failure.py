"""Why a hub did not deliver, in words that help."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import httpx2
from huggingface_hub.errors import HFValidationError, OfflineModeIsEnabled

from kit.proxy import proxy_for
from server.models.sources.source import Busy, HubFile, SourceError

Status = httpx2.codes


def explain(error: Exception, url: str, file: HubFile | None = None) -> SourceError:
    """What a request to `url` came to; `file` is what was asked for, if it was only asked for."""
    response = getattr(error, "response", None)
    if response is not None:
        return _refusal(response, file)
    if isinstance(error, OfflineModeIsEnabled):
        return SourceError("HF_HUB_OFFLINE is set, unset it", "设置了 HF_HUB_OFFLINE，请取消该变量")
    # The address that was asked is sound: a redirect's is not.
    if isinstance(error, httpx2.InvalidURL | UnicodeError) or "in location header" in str(error):
        return SourceError("it leads on to what is no web address", "重定向到的不是网址")
    if isinstance(error, httpx2.RequestError):
        with suppress(RuntimeError):  # raised where no request was made
            url = str(error.request.url)
        if isinstance(error, httpx2.TooManyRedirects):
            host = _host(url)
            return SourceError(
                f"{host} leads from one address to the next without an end", f"{host} 的重定向没有尽头"
            )
        if isinstance(error, httpx2.UnsupportedProtocol):
            place = f"{urlsplit(url).scheme}://{_host(url)}"  # what follows may be a signature
            return SourceError(
                f"it leads on to {place}, which is no web address", f"重定向到 {place}，这不是网址"
            )
        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
            return _unreachable(error, url)
        if isinstance(error, httpx2.TimeoutException):
            return _on_the_way("it fell silent", "没有回应", url)
        return _on_the_way("the connection broke off", "连接中断", url)
    if isinstance(error, HFValidationError) and file:
        return SourceError(f"{file.repo} can't be a repository's name", f"{file.repo} 不是有效的仓库名")
    return SourceError("its answer can't be understood", "无法理解其返回的内容")


def unusable_library(error: Exception) -> SourceError:
    return SourceError(
        f"a variable HF_HUB_… of the environment is no number ({error}): correct or unset it",
        f"某个 HF_HUB_… 环境变量不是数字（{error}）：请改正或取消该变量",
    )


def broken_token() -> SourceError:
    return SourceError(
        "HF_TOKEN, or the token that `hf auth login` kept, holds characters that no token has: copy it anew",
        "HF_TOKEN（或 `hf auth login` 保存的令牌）含有令牌中不可能出现的字符：请重新复制",
    )


def unreadable_token(error: Exception) -> SourceError:
    return SourceError(
        f"the token that `hf auth login` kept can't be read ({error}): log in anew, or set HF_TOKEN",
        f"无法读取 `hf auth login` 保存的令牌（{error}）：请重新登录，或设置 HF_TOKEN",
    )


def silence(seconds: float, url: str) -> SourceError:
    return _on_the_way(f"no answer in {seconds:g} s", f"{seconds:g} 秒内没有回应", url)


def web_page(url: str) -> SourceError:
    """A network's login page, or a block page, stands in for the hub."""
    host = _host(url)
    return SourceError(
        f"a web page answers for {host}: log in to this network with a browser, set HTTPS_PROXY, or choose "
        "another hub",
        f"{host} 返回的是网页而不是模型：请先用浏览器登录网络，或设置 HTTPS_PROXY，或改用其他模型站",
    )


def is_web_page(response: httpx2.Response, start: bytes) -> bool:
    return "html" in response.headers.get("Content-Type", "") or start.lstrip().startswith(b"<")


def _refusal(response: httpx2.Response, file: HubFile | None) -> SourceError:
    told = f"HTTP {response.status_code}"
    url = str(response.url)
    match response.status_code:
        case Status.PROXY_AUTHENTICATION_REQUIRED:
            return _bad_proxy(url) or SourceError(told)
        case Status.TOO_MANY_REQUESTS | Status.SERVICE_UNAVAILABLE:
            wait = response.headers.get("Retry-After", "")
            if re.fullmatch(r"[0-9]{1,6}", wait):
                return Busy(told, response.url.host, int(wait))
            if response.status_code == Status.TOO_MANY_REQUESTS:
                return SourceError(f"{told}, too many requests: try later", f"{told}，请求过多，请稍后再试")
        case Status.NOT_FOUND if file:
            return SourceError(
                f"{told}, it has no {file.repo}/{file.file}", f"{told}，没有 {file.repo}/{file.file}"
            )
        case Status.UNAUTHORIZED | Status.FORBIDDEN if file and file.hub == "hf":
            return SourceError(
                f"{told}, {file.repo} does not exist or is gated: accept its terms at "
                f"https://huggingface.co/{file.repo} and set HF_TOKEN to a token that may read it",
                f"{told}，仓库 {file.repo} 不存在或需要授权：请在 https://huggingface.co/{file.repo} 同意条款，"
                "并把 HF_TOKEN 设为有读取权限的令牌",
            )
        case Status.UNAUTHORIZED | Status.FORBIDDEN if file:
            return SourceError(
                f"{told}, {file.repo} wants a login: download the file with a browser",
                f"{told}，仓库 {file.repo} 需要登录：请用浏览器下载该文件",
            )
    return _on_the_way(told, told, url)


def _unreachable(error: Exception, url: str) -> SourceError:
    host = _host(url)
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return SourceError(
            f"no certificate of {host} that can be trusted: log in to this network with a browser, or name "
            "your organisation's certificates in SSL_CERT_FILE",
            f"{host} 的证书不受信任：请先用浏览器登录网络，或用 SSL_CERT_FILE 指定所在机构的证书",
        )
    if through := _bad_proxy(url):
        return through
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return SourceError(
            f"the name {host} is not found: check the network and its DNS",
            f"找不到域名 {host}：请检查网络和 DNS",
        )
    return SourceError(
        f"{host} can't be reached: check the network, or set HTTPS_PROXY",
        f"无法连接 {host}：请检查网络，或设置 HTTPS_PROXY",
    )


def _bad_proxy(url: str) -> SourceError | None:
    proxy = proxy_for(url)
    if not proxy:
        return None
    variable, host = "=".join(proxy), urlsplit(url).hostname
    return SourceError(
        f"{host} can't be reached through the proxy {variable}: start the proxy, correct the variable with user "
        f"and password if it wants them, or set NO_PROXY={host}",
        f"通过代理 {variable} 无法连接 {host}：请启动代理，改正该变量（需要时写上用户名和密码），"
        f"或设置 NO_PROXY={host}",
    )


def _on_the_way(en: str, zh: str, url: str) -> SourceError:
    """What may be the fault of the proxy, if there is one."""
    if proxy := proxy_for(url):
        return SourceError(f"{en} through the proxy {'='.join(proxy)}", f"{zh}（经代理 {'='.join(proxy)}）")
    return SourceError(en, zh)


def _host(url: str) -> str:
    """Without a user and a password, which a mirror's address may have."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__
