"""Responses that a later request may go on from."""

from collections import OrderedDict

from server.api.response_input import Messages

CAPACITY = 256


class ResponseStore:
    """The messages up to and with each of the latest responses, by id; in memory, and the oldest go first."""

    def __init__(self) -> None:
        self._conversations: OrderedDict[str, Messages] = OrderedDict()

    def put(self, response_id: str, messages: Messages) -> None:
        self._conversations[response_id] = messages
        if len(self._conversations) > CAPACITY:
            self._conversations.popitem(last=False)

    def get(self, response_id: str) -> Messages | None:
        return self._conversations.get(response_id)
