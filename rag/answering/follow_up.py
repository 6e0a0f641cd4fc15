"""Whether a question goes on from the one before it: "And the second?" finds nothing by itself."""

import re

from rag.answering.answerability import answerability, may_answer
from rag.index import Index
from rag.passage import Passage
from rag.text.words import telling_words

# Words that stand for something said before, or leave it out.
REFERS_BACK = re.compile(
    r"^\s*(?:and|but|so|or|also|then|what about|how about)\b"
    r"|\b(?:it|its|they|them|their|theirs|this|these|those|he|she|his|her|him|too|same|else|instead)\b"
    r"|(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b"
    r"|\bthat\b(?!\s+\w)"
    r"|^\s*(?:since|until|till|from|by|for)\s+(?:when|what|how long)\W*$"
    "|^(?:那|还|又|再|而|然后|另外|其中)|[它他她其这那](?:们|个|些|里|儿|边|样|么|是|的|在|会|要|有|多|和|与|呢)|也|呢|^[它他她其]",
    re.IGNORECASE,
)
# On the handbook, 14 changes of subject are better answered by other documents than by that of the question before by
# 0.39 and more; the 24 follow-ups of agents/cases are all found with it.
LEAST_BETTER_ELSEWHERE = 0.13


def with_the_question_before(index: Index, before: str, question: str) -> tuple[str, list[Passage]]:
    """The question as the model is to be asked it, and its passages; `before` may be empty.

    What refers back is looked up and asked behind the question before. What does not is asked as it stands; it is
    looked up so too, unless the documents that the one before was about may answer it as well as any others.
    """
    if not before:
        return question, index.search(question)
    whole = f"{before} {question}"
    if refers_back(question):
        return whole, index.search(whole)
    alone = index.search(question)
    about = {passage.source for passage in index.search(before, top_k=1)}
    here = [passage for passage in alone if passage.source in about]
    elsewhere = [passage for passage in alone if passage.source not in about]
    better = answerability(question, elsewhere) - answerability(question, here)
    if may_answer(question, alone) and better >= LEAST_BETTER_ELSEWHERE:
        return question, alone
    passages = index.search(whole)
    return (question if may_answer(question, passages) else whole), passages


def refers_back(question: str) -> bool:
    """Whether it takes the question before it to understand this one, by its own words."""
    telling = [word for word in telling_words(question) if len(word) > 1]
    return not telling or bool(REFERS_BACK.search(question))
