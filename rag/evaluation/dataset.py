"""Questions, each with the passage that answers it."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit.problem import Problem
from rag.files.folder import find_files
from rag.loaders import load

QUESTIONS_FILE = "questions.csv"


@dataclass(frozen=True)
class Place:
    """Characters `start` to `end` of a document."""

    source: str
    start: int
    end: int

    def covers_half_of(self, other: "Place") -> bool:
        """Whether the overlap is half of the shorter of the two or more."""
        if self.source != other.source:
            return False
        overlap = min(self.end, other.end) - max(self.start, other.start)
        return overlap > 0 and 2 * overlap >= min(self.end - self.start, other.end - other.start)


@dataclass(frozen=True)
class Question:
    text: str
    place: Place
    expected: list[str]


@dataclass
class Dataset:
    """`documents` maps file names to texts, `gold` each name to the places that questions are about.

    `unanswerable` holds questions that no document answers.
    """

    documents: dict[str, str] = field(default_factory=dict)
    gold: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    questions: list[Question] = field(default_factory=list)
    unanswerable: list[str] = field(default_factory=list)

    def rank(self, found: Iterable[Place], wanted: Place) -> int | None:
        """From 1, the place of the first find that covers the wanted one; finds in the same gold place are one."""
        seen: list[list[Place]] = []
        for place in found:
            gold = [each for each in self.gold[place.source] if place.covers_half_of(each)]
            if gold not in seen:
                seen.append(gold)
            if wanted in gold:
                return len(seen)
        return None

    def write(self, folder: Path) -> None:
        for name, text in self.documents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", newline="\n")


def load_dataset(path: Path, asked_in: Path | None = None, articles: bool = False) -> Dataset:
    """A SQuAD file, or a folder of documents with questions about them.

    Each paragraph of a SQuAD file becomes a document of its own or, with `articles`, each article. `asked_in`
    is a SQuAD file whose questions, matched by id, are asked instead: the same ones in another language. For a
    folder it is a table with the columns question, source and answer; its default is `questions.csv` in there. A
    row without a source is a question that the documents do not answer.
    """
    if path.is_dir():
        return _from_folder(path, asked_in or path / QUESTIONS_FILE)
    return _from_squad(_read_squad(path), _read_squad(asked_in) if asked_in else None, articles)


def _from_squad(data: dict[str, Any], asked: dict[str, Any] | None, articles: bool) -> Dataset:
    dataset = Dataset()
    wordings = {
        qa["id"]: qa["question"]
        for article in (asked or data)["data"]
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
    }
    for number, article in enumerate(data["data"]):
        text = ""
        for position, paragraph in enumerate(article["paragraphs"]):
            name = f"{number:04}.txt" if articles else f"{number:04}-{position:04}.txt"
            start = len(text) if articles else 0
            text = (text if articles else "") + paragraph["context"] + "\n\n"
            dataset.documents[name] = text
            place = Place(name, start, start + len(paragraph["context"]))
            dataset.gold[name].append(place)
            for qa in paragraph["qas"]:
                if qa["id"] in wordings and not qa.get("is_impossible"):
                    answers = list(dict.fromkeys(answer["text"] for answer in qa["answers"]))
                    dataset.questions.append(Question(wordings[qa["id"]], place, answers))
    return dataset


def _read_squad(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        if not data["data"][0]["paragraphs"][0]["qas"]:
            raise KeyError("qas")
    except OSError as error:
        raise Problem(
            f"{path} cannot be opened: {error.strerror}.", f"{path} 无法打开：{error.strerror}。"
        ) from error
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise Problem(
            f"{path} does not have the SQuAD format (data > paragraphs > context, qas).",
            f"{path} 不是 SQuAD 格式（data > paragraphs > context、qas）。",
        ) from error
    return dict(data)


def _from_folder(folder: Path, table: Path) -> Dataset:
    dataset = Dataset()
    for file in find_files([folder]):
        if file.resolve() != table.resolve():
            text = load(file).text
            # Other formats are evaluated as the text in them.
            name = file.relative_to(folder).as_posix() + ("" if file.suffix in (".md", ".txt") else ".txt")
            dataset.documents[name] = text
            dataset.gold[name] = [Place(name, 0, len(text))]
    for line, row in enumerate(_read_table(table), start=2):
        source = row.get("source") or ""
        source = source if source in dataset.documents or not source else f"{source}.txt"
        if not row.get("question") or (source and source not in dataset.documents):
            raise Problem(
                f"{table}, line {line}: no question, or no document {source!r} in {folder}.",
                f"{table} 第 {line} 行：缺少问题，或 {folder} 中没有文档 {source!r}。",
            )
        if source:
            answers = [row["answer"]] if row.get("answer") else []
            dataset.questions.append(Question(row["question"], dataset.gold[source][0], answers))
        else:
            dataset.unanswerable.append(row["question"])
    if not dataset.questions:
        raise Problem(
            f"{table} names the source of no question. Write the file that answers it into the column source.",
            f"{table} 中没有一个问题写明来源。请在 source 列填写含有答案的文件。",
        )
    return dataset


def _read_table(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as opened:
            return list(csv.DictReader(opened))
    except OSError as error:
        raise Problem(
            f"{table} cannot be opened: {error.strerror}. It should have the columns question, source and answer.",
            f"{table} 无法打开：{error.strerror}。该文件应含 question、source、answer 三列。",
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise Problem(
            f"{table} is not CSV in UTF-8: {error}.", f"{table} 不是 UTF-8 编码的 CSV：{error}。"
        ) from error
