"""Orders in a document to whoever reads it for somebody else: quoted to a small model, they are obeyed."""

import re
from itertools import pairwise

from kit.language import Language
from rag.text.sentences import SENTENCE_END

LEFT_OUT: dict[Language, str] = {
    "en": "[an order to the reader, left out]",
    "zh": "［此处略去一条对读者的指令］",
}

# Each says how the reader is to answer, or what he is to forget: a document about other things has none of these.
ORDERS = re.compile(
    "|".join(
        [
            r"\b(?:ignor\w*|disregard\w*|forget\w*|overrid\w*|bypass\w*|skip)\b.{0,40}\b(?:instructions?|prompts?"
            r"|rules?|question|above|previous|preceding|earlier|everything|context|passages?|told)\b",
            r"\b(?:answer|reply|respond|output|return|say|print|write|repeat|state)\w*\b.{0,20}"
            r"\b(?:only|just|nothing but|solely|exactly|simply|always|instead)\b.{0,30}"
            r"(?:[\"“'‘`]|\bwords?\b|\bphrase\b|\bsentence\b|\btext\b|\b[A-Z]{4,}\b)",
            r"\b(?:only|just|always|simply)\s+(?:answer|reply|respond|output|say|repeat)\b",
            r"\b(?:answer|reply|respond)\w*\b.{0,20}\bwith\b.{0,30}(?:[\"“'‘`]|\bwords?\b|\b[A-Z]{4,}\b)",
            r"\b(?:reply|respond|answer)\b.{0,20}\binstead\b",
            r"\b(?:whatever|no matter what|regardless of what)\b.{0,25}\bask",
            r"\b(?:every|any|all|each)\s+(?:other\s+)?questions?\b.{0,25}\b(?:is|are|with|by|must|should)\b",
            r"\b(?:correct|right|true|only) answer\b.{0,40}(?:[\"“:]|\bis always\b)",
            r"\byou are (?:now|no longer)\b|\bfrom now on\b.{0,20}\byou\b|\bact as\b.{0,20}\b(?:an?|the)\b",
            r"\b(?:note|message|notice|instructions?|attention|warning|hint)s?\s+(?:to|for)\s+(?:the\s+|all\s+|any\s+)?"
            r"(?:ai|assistants?|models?|llms?|chat ?bots?|language models?)\b",
            r"\b(?:dear|hey|attention,?)\s+(?:ai|assistant|model|chat ?bot|llm)\b",
            r"\b(?:system|developer)\s+(?:prompt|message|override|instruction)\b",
            r"\b(?:system|assistant)\s*[:：].{0,40}\b(?:rules?|instructions?|must|answer|obey)\b",
            r"\bdo not (?:answer|use the (?:passages?|documents?))\b|\brepeat (?:it|this) word for word\b",
            r"<\|[\w ]{2,20}\|>|\[/?INST\]|<</?SYS>>|</?(?:system|assistant|instructions?)>",
            "(?:忽略|无视|忘记|忘掉|抛开|抛弃|不要理会|不用管|不必理会|跳过|覆盖|推翻).{0,12}"
            "(?:以上|之前|前面|上面|上述|先前|此前|所有|一切|全部|任何|指示|指令|提示|规则|设定|问题|资料|内容|要求)",
            "(?:只|仅|一律|统一|必须|请|直接|始终|总是|都)(?:能|需|要|须|可以)?(?:用)?"
            "(?:回答|回复|答复|输出|返回|打印|写|说|重复|答)[^，。]{0,12}[“”\"「『：:‘']",
            "(?:回答|回复|答复|输出|答案|答)(?:内容)?(?:只|仅|一律|必须|都|应当|应)(?:能|为|是|写|说|有)?",
            "(?:无论|不管|不论|任凭).{0,8}(?:问|提问|什么问题)",
            "(?:所有|任何|一切|每个|全部)(?:的)?(?:问题|提问).{0,10}(?:答案|回答|回复|都)",
            "(?:不要|别|禁止|不得|无需|不用|不必)(?:再)?(?:回答|作答|理会|使用(?:以上)?资料)",
            "你(?:现在|从现在起)(?:是|扮演)|从现在(?:起|开始).{0,6}你|请?扮演",
            "(?:给|致|对)?(?:AI|ai|人工智能|智能|大|语言)?(?:助手|助理|模型|机器人)"
            "(?:的话|的指示|的指令|的提示|请?注意|须知|请|必须|[：:])",
            "(?:系统|开发者)(?:提示词?|指令|消息)|(?:系统|助手)[：:].{0,12}(?:新?规则|指令|必须|回答)|逐字重复",
        ]
    ),
    re.IGNORECASE,
)


def without_orders(text: str, language: Language) -> str:
    """The text with a mark in the place of each sentence, heading or cell that gives the reader orders."""
    return "\n".join(_line(line, language) for line in text.split("\n"))


def _line(line: str, language: Language) -> str:
    if not ORDERS.search(line):
        return line
    bounds = [0, *(end.end() for end in SENTENCE_END.finditer(line)), len(line)]
    kept: list[str] = []
    for start, end in pairwise(bounds):
        sentence = line[start:end]
        if not ORDERS.search(sentence):
            kept.append(sentence)
        elif not kept or kept[-1] != LEFT_OUT[language]:
            kept.append(LEFT_OUT[language])
    # Where only the whole line gives an order, as one that is cut inside a quotation.
    return "".join(kept) if LEFT_OUT[language] in kept else LEFT_OUT[language]
