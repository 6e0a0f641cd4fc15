"""Where the model hubs are, as the environment says."""

import re
from dataclasses import dataclass

from kit.env import setting
from kit.proxy import without_password
from kit.web.address import is_address

BARE_HOST = re.compile(r"[\w.-]+(:\d+)?(/.*)?")


@dataclass(frozen=True)
class Hub:
    """`variable` names a mirror of it, in the form that its own client wants or in that of the other's."""

    name: str
    variable: str
    default: str

    @property
    def address(self) -> str:
        """With its scheme, and no slash at the end."""
        written = self._written.rstrip("/")
        return f"https://{written}" if BARE_HOST.fullmatch(written) else written

    @property
    def fault(self) -> tuple[str, str] | None:
        """Why the address is none, in English and Chinese."""
        if is_address(self.address):
            return None
        told = f"{self.variable}={without_password(self._written)}"
        return (
            f"{told} is not a web address: write https://HOST, or unset it",
            f"{told} 不是网址：请写成 https://主机名，或取消该变量",
        )

    @property
    def _written(self) -> str:
        return setting(self.variable, self.default)


HUBS = {
    "hf": Hub("Hugging Face", "HF_ENDPOINT", "https://huggingface.co"),
    "modelscope": Hub("ModelScope", "MODELSCOPE_DOMAIN", "https://modelscope.cn"),
}
