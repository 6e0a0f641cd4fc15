"""The title that a PDF gives itself, where it is one."""

import re

# What programs write who were told none: no name of a document, and it would stand before every chunk.
NO_TITLE = re.compile(
    r"\W*(?:untitled|unnamed|unknown|anonymous|no title|title|document|presentation|slide|book|sheet|新建|无标题|未命名"
    r"|文档|演示文稿|幻灯片|無題|无题)"
    r"(?:[\s_-]*(?:document|presentation|page|file|microsoft word 文档|文档|演示文稿))?[\s_-]*\(?\d*\)?\W*"
    r"|(?:microsoft )?powerpoint(?:[\s-]*(?:presentation|演示文稿))?|pdf|null|none|about:blank",
    re.IGNORECASE,
)
# "Microsoft Word - fees.docx" is a file's name, and a title all the same.
PROGRAM = re.compile(r"Microsoft (?:Word|PowerPoint|Excel) - ", re.IGNORECASE)
ENDING = re.compile(r"\.(?:docx?|pptx?|xlsx?|odt|odp|rtf|indd|tex|dvi|html?|pdf)$", re.IGNORECASE)


def title_of(said: str | None) -> str:
    title = ENDING.sub("", PROGRAM.sub("", " ".join((said or "").split())))
    return "" if NO_TITLE.fullmatch(title) else title
