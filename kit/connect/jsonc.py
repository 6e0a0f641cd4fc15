"""JSON with the comments and trailing commas that editors allow in their settings, changed in place."""

import json
import re
from typing import Any

import json5
from json5.dumper import ModelDumper
from json5.loader import ModelLoader, loads
from json5.model import Comment, Identifier, JSONArray, JSONObject
from json5.utils import JSON5DecodeError

from kit.connect.merge import Place
from kit.connect.unreadable import Unreadable


class Jsonc:
    def __init__(self, text: str) -> None:
        text = text if text.strip() else "{}\n"
        try:
            self.plain = json5.loads(text)
            self._model = loads(text, loader=ModelLoader())
        except JSON5DecodeError as error:
            raise Unreadable(str(error).splitlines()[0]) from None
        indented = re.search(r"^([ \t]+)\S", text, re.M)
        self._unit = indented[1] if indented else "  "

    def put(self, path: Place, value: Any) -> None:
        *way, last = path
        parent = self._model.value
        for step in way:
            parent = parent.values[_place(parent, step)]
        place = _place(parent, last)
        node = self._node(value, len(path))
        if place < len(parent.values):
            node.wsc_before, node.wsc_after = parent.values[place].wsc_before, parent.values[place].wsc_after
            parent.values[place] = node
        else:
            self._append(parent, last, node, len(path))

    def text(self) -> str:
        dumper: Any = ModelDumper()
        return json5.dumps(self._model, dumper=dumper)

    def _append(self, parent: Any, name: str | int, node: Any, depth: int) -> None:
        node.wsc_after = [f"\n{self._unit * (depth - 1)}"]
        if parent.trailing_comma:
            node.wsc_after = []  # the comma has the line's end
        elif parent.values and not any(isinstance(part, Comment) for part in parent.values[-1].wsc_after):
            # It was the end of the last line before the bracket; a comment stays with what it is about.
            parent.values[-1].wsc_after = []
        node.wsc_before = [f"\n{self._unit * depth}"]
        if isinstance(parent, JSONObject):
            key = self._node(name, 0)
            key.wsc_before, node.wsc_before = node.wsc_before, [" "]
            parent.keys.append(key)
        parent.values.append(node)

    def _node(self, value: Any, depth: int) -> Any:
        text = json.dumps(value, ensure_ascii=False, indent=self._unit)
        return loads(text.replace("\n", f"\n{self._unit * depth}"), loader=ModelLoader()).value


def _place(parent: Any, step: str | int) -> int:
    """The place of an entry; for a name that is not there, the end."""
    if isinstance(parent, JSONArray):
        return int(step)
    names = [key.name if isinstance(key, Identifier) else key.characters for key in parent.keys]
    return names.index(str(step)) if step in names else len(names)
