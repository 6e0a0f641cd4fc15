import re

import httpx2


def test_the_docs_take_nothing_from_another_machine(server_address: str) -> None:
    """The page took its script from a CDN: blank where that is blocked."""
    page = httpx2.get(f"http://{server_address}/docs", timeout=60).text
    taken = re.findall(r"""(?:src|href)=["']([^"']+)""", page)

    assert len(taken) == 3
    assert not re.search(r"https?://", page)
    assert all(re.match("/[^/]", address) for address in taken)
    for address in taken:
        answer = httpx2.get(f"http://{server_address}{address}", timeout=60)
        assert answer.status_code == 200
        assert len(answer.content) > 1000
