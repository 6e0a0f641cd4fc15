"""A progress bar for tests: it counts."""


class Counter:
    def __init__(self) -> None:
        self.files = 0
        self.chunks = 0

    def begin(self, files: int, size: int) -> None:
        self.of_files = files

    def at(self, file: str) -> None: ...

    def step(self, files: int, size: float, chunks: int) -> None:
        self.files += files
        self.chunks += chunks
