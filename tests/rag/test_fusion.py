from rag.retrieval.fusion import fuse


def test_what_both_rankings_like_comes_before_what_one_likes_best() -> None:
    assert next(item for item, _ in fuse([["a", "b", "c"], ["d", "b", "e"]], constant=60)) == "b"


def test_the_score_is_the_sum_of_reciprocal_ranks() -> None:
    assert dict(fuse([["a", "b"], ["b"]], constant=60)) == {"a": 1 / 61, "b": 1 / 62 + 1 / 61}
