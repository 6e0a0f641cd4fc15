"""A radix tree of token paths."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Node(Generic[T]):
    """The tokens since the parent, and whose paths end exactly here."""

    __slots__ = ("children", "edge", "owners", "parent")

    def __init__(self, edge: list[int], parent: "Node[T] | None") -> None:
        self.edge = edge
        self.parent = parent
        self.children: dict[int, Node[T]] = {}
        self.owners: set[T] = set()

    def subtree(self) -> "Iterator[Node[T]]":
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(node.children.values())

    def ancestors(self) -> "Iterator[Node[T]]":
        """This node and those above it, without the root."""
        node = self
        while node.parent:
            yield node
            node = node.parent


class PrefixTree(Generic[T]):
    """Each owner has one path of tokens; what paths have in common at their beginning is stored once.

    `size` is the number of tokens stored.
    """

    def __init__(self) -> None:
        self.size = 0
        self._root: Node[T] = Node([], None)
        self._ends: dict[T, Node[T]] = {}

    def __iter__(self) -> Iterator[T]:
        return iter(self._ends)

    def insert(self, owner: T, tokens: list[int]) -> None:
        """Give a new owner its path."""
        self._end_at(owner, self._grow(self._root, tokens))

    def remove(self, owner: T) -> None:
        node = self._ends.pop(owner)
        node.owners.remove(owner)
        self._tidy(node)

    def path(self, owner: T) -> list[int]:
        edges = [node.edge for node in self._ends[owner].ancestors()]
        return [token for edge in reversed(edges) for token in edge]

    def length(self, owner: T) -> int:
        """How many tokens an owner's path has."""
        return sum(len(node.edge) for node in self._ends[owner].ancestors())

    def ways_on(self, owner: T) -> int:
        """In how many ways other paths go on from the end of this one."""
        return len(self._ends[owner].children)

    def shared(self, tokens: list[int]) -> dict[T, int]:
        """For each owner whose path begins like `tokens`, the number of tokens in common."""
        lengths: dict[T, int] = {}
        node, depth = self._root, 0
        while True:
            lengths |= dict.fromkeys(node.owners, depth)
            onward = node.children.get(tokens[depth]) if depth < len(tokens) else None
            for child in node.children.values():
                if child is not onward:
                    lengths |= {owner: depth for below in child.subtree() for owner in below.owners}
            if onward is None:
                break
            common = _common(onward.edge, tokens, depth)
            depth += common
            if common < len(onward.edge):
                lengths |= {owner: depth for below in onward.subtree() for owner in below.owners}
                break
            node = onward
        return {owner: length for owner, length in lengths.items() if length}

    def covered(self, owners: list[T]) -> int:
        """How many stored tokens lie on at least one of these owners' paths."""
        nodes = {id(node): len(node.edge) for owner in owners for node in self._ends[owner].ancestors()}
        return sum(nodes.values())

    def unique(self, owner: T) -> int:
        """How many stored tokens lie on this owner's path alone."""
        node = self._ends[owner]
        if node.children or len(node.owners) > 1:
            return 0
        return len(node.edge)

    def _end_at(self, owner: T, node: Node[T]) -> None:
        node.owners.add(owner)
        self._ends[owner] = node

    def _grow(self, node: Node[T], tokens: list[int]) -> Node[T]:
        """The node that lies `tokens` below another, made where it is missing."""
        depth = 0
        while depth < len(tokens):
            child = node.children.get(tokens[depth])
            if child is None:
                child = Node(tokens[depth:], node)
                node.children[tokens[depth]] = child
                self.size += len(child.edge)
                return child
            common = _common(child.edge, tokens, depth)
            node = self._split(child, common) if common < len(child.edge) else child
            depth += common
        return node

    def _split(self, child: Node[T], at: int) -> Node[T]:
        """Put a node into the middle of the edge that leads to `child`."""
        assert child.parent
        middle: Node[T] = Node(child.edge[:at], child.parent)
        child.parent.children[child.edge[0]] = middle
        child.edge, child.parent = child.edge[at:], middle
        middle.children[child.edge[0]] = child
        return middle

    def _tidy(self, node: Node[T]) -> None:
        """Drop what no path needs any more, and join an edge that no longer branches."""
        while node.parent and not node.owners and not node.children:
            del node.parent.children[node.edge[0]]
            self.size -= len(node.edge)
            node = node.parent
        if node.parent and not node.owners and len(node.children) == 1:
            [child] = node.children.values()
            child.edge, child.parent = node.edge + child.edge, node.parent
            node.parent.children[node.edge[0]] = child


def _common(edge: list[int], tokens: list[int], start: int) -> int:
    """How many tokens an edge and `tokens` from `start` on have in common."""
    length = min(len(edge), len(tokens) - start)
    if edge[:length] == tokens[start : start + length]:
        return length
    return next(i for i in range(length) if edge[i] != tokens[start + i])
