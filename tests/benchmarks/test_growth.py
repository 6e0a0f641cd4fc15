"""What the last column of `python -m benchmarks growth` says."""

from benchmarks.rag.growth import exponent, table


def test_what_grows_with_the_number_of_chunks_grows_a_hundredfold_to_a_million() -> None:
    rows = {1_000: {"disk, MB": 2.0}, 10_000: {"disk, MB": 20.0}}

    assert "| disk, MB | 2 | 20 | n^1.00 | 2e+03 |" in table(rows, windows=1)


def test_what_does_not_grow_stays() -> None:
    assert exponent([1_000, 10_000], [5.0, 5.0]) == 0
    assert exponent([1_000], [5.0]) == 0
