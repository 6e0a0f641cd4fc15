"""The radix tree against a plain dictionary of paths."""

from itertools import takewhile

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from server.engine.prefix_tree import PrefixTree

# Three tokens make paths that meet often.
PATH = st.lists(st.integers(0, 2), max_size=12)


def prefixes(paths: list[list[int]]) -> set[tuple[int, ...]]:
    """Every stored token is the last of one distinct prefix."""
    return {tuple(path[: n + 1]) for path in paths for n in range(len(path))}


class TreeAgainstDictionary(RuleBasedStateMachine):
    owners = Bundle("owners")

    def __init__(self) -> None:
        super().__init__()
        self.tree: PrefixTree[int] = PrefixTree()
        self.paths: dict[int, list[int]] = {}
        self.born = 0

    @rule(target=owners, path=PATH)
    def insert(self, path: list[int]) -> int:
        self.born += 1
        self.tree.insert(self.born, path)
        self.paths[self.born] = path
        return self.born

    @rule(owner=consumes(owners))
    def remove(self, owner: int) -> None:
        self.tree.remove(owner)
        del self.paths[owner]

    @rule(tokens=PATH)
    def shared(self, tokens: list[int]) -> None:
        expected = {
            owner: length
            for owner, path in self.paths.items()
            if (
                length := sum(
                    1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(path, tokens, strict=False))
                )
            )
        }
        assert self.tree.shared(tokens) == expected

    @rule(data=st.data())
    def covered(self, data: st.DataObject) -> None:
        some = [owner for owner in self.paths if data.draw(st.booleans())]
        assert self.tree.covered(some) == len(prefixes([self.paths[owner] for owner in some]))

    @invariant()
    def every_path_is_whole(self) -> None:
        assert {owner: self.tree.path(owner) for owner in self.tree} == self.paths

    @invariant()
    def every_shared_token_is_stored_once(self) -> None:
        assert self.tree.size == len(prefixes(list(self.paths.values())))

    @invariant()
    def unique_is_what_removal_would_free(self) -> None:
        for owner in self.paths:
            others = [path for other, path in self.paths.items() if other != owner]
            assert self.tree.unique(owner) == self.tree.size - len(prefixes(others))

    @invariant()
    def no_edge_is_cut_without_need(self) -> None:
        for node in self.tree._root.subtree():
            if node.parent:
                assert node.owners or len(node.children) > 1


TestTreeAgainstDictionary = pytest.mark.real(TreeAgainstDictionary.TestCase)


def test_a_match_may_end_in_the_middle_of_an_edge() -> None:
    tree: PrefixTree[str] = PrefixTree()
    tree.insert("agent", [1, 2, 3, 4, 5])

    assert tree.shared([1, 2, 3, 9]) == {"agent": 3}
    assert tree.size == 5


def test_an_owner_has_one_path() -> None:
    tree: PrefixTree[str] = PrefixTree()
    tree.insert("agent", [1, 2])
    tree.remove("agent")

    with pytest.raises(KeyError):
        tree.remove("agent")
