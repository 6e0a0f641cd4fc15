"""The certificates that the environment names, which every HTTP client reads as it is made, even for http://."""

import os
import ssl
from pathlib import Path

from kit.problem import Problem


def require_certificates() -> None:
    """Raise `Problem` before a client is made: what it raises itself does not name the variable."""
    if fault := certificate_fault():
        raise Problem(f"{fault[0]}.", f"{fault[1]}。")


def certificate_fault() -> tuple[str, str] | None:
    """Why they can't be used, in English and Chinese."""
    if file := os.environ.get("SSL_CERT_FILE"):
        try:
            ssl.create_default_context(cafile=file)
        except ssl.SSLError:
            return (
                f"SSL_CERT_FILE={file} holds no certificates: name a file in PEM format, or unset it",
                f"SSL_CERT_FILE={file} 中没有证书：请指定 PEM 格式的文件，或取消该变量",
            )
        except OSError as error:
            return (
                f"SSL_CERT_FILE={file} can't be read ({error.strerror}): correct it, or unset it",
                f"无法读取 SSL_CERT_FILE={file}（{error.strerror}）：请改正或取消该变量",
            )
    # OpenSSL passes over a folder that is not there, and then trusts nobody.
    elif (folders := os.environ.get("SSL_CERT_DIR")) and not any(
        Path(folder).is_dir() for folder in folders.split(os.pathsep)
    ):
        return (
            f"SSL_CERT_DIR={folders} is no folder: correct it, or unset it",
            f"SSL_CERT_DIR={folders} 不是文件夹：请改正或取消该变量",
        )
    return None
