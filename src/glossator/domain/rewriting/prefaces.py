"""Whether an answer has words about itself around it, "Sure! Here is the translation:", or is a list of JSON.

An honest text may begin with "Here is an example:" and may speak of translations, so it must say that it is a rewriting
itself, have something behind that, and be longer by that beginning than its source, which says nothing of the kind.
"""

# ruff: noqa: RUF001 - other scripts are what is looked for

import re

EAGER = re.compile(
    r"\W{0,8}(?:sure(?: thing)?|certainly|of course|absolutely|okay|gladly|with pleasure|happy to help|no problem"
    r"|natürlich|gerne|klar|selbstverständlich|bien sûr|avec plaisir|claro(?: que sí)?|por supuesto|certo|certamente"
    r"|конечно|با کمال میل|البته|یقیناً?|ضرور|بالکل|جی ہاں|بالتأكيد|بالطبع|ज़रूर|जरूर|बिल्कुल|अवश्य"
    r"|当然|好的|もちろん(?:です)?|물론(?:이죠|입니다)?)"
    r"\s?[!！]",
    re.IGNORECASE,
)
EXCLAMATION = re.compile(r"\W{0,8}\w+(?:[ ,]{1,2}\w+){0,2}\s?[!！]")
LANGUAGE = (
    "(?:[Ss]imple |[Pp]lain |[Ee]asy )?(?:English|Urdu|Hindi|Punjabi|Bengali|Arabic|Persian|Farsi|Pashto|Sindhi|Turkish"
    "|German|French|Spanish|Italian|Portuguese|Dutch|Polish|Russian|Ukrainian|Greek|Hebrew|Chinese|Japanese|Korean"
    "|Tamil|Telugu|Vietnamese|Thai|Indonesian|Swahili)"
)
CHANGED = "(?:translated|rewritten|simplified|simpler|easier|adjusted|adapted|rephrased|reworded|beginner)"
KIND = "(?:text|version|passage|sentence|paragraph|heading)"
BEGINNER = r",? (?:for|at) (?:(?:a|an|the|complete) )*(?:beginner|you\b).{0,20}"
READER = rf"(?: (?:in|into|to) {LANGUAGE}| \({LANGUAGE}\)|{BEGINNER})"
NAMED = rf"(?:translation|{CHANGED} (?:\w+ )?{KIND})(?: of (?:the|your|this) (?:original )?{KIND})?{READER}?"
TEXT_FOR = rf"(?:{KIND}{READER}|{KIND},? {CHANGED}{READER}?|{LANGUAGE} (?:translation|{KIND}))"
ABOUT = re.compile(
    rf"(?:(?:sure|certainly|of course|absolutely|okay)[,.!] )?"
    rf"(?:(?:here(?:'s| is)|below is|this is|the following is) (?:the |an? |my |your )?(?:{NAMED}|{TEXT_FOR})"
    rf"|(?:the |an? |my |your )?{NAMED}|i(?:'ve| have) {CHANGED} (?:it|(?:the|your|this) {KIND}){READER}?)"
    r"(?: is| reads| follows| below| as follows| is as follows)?",
    re.IGNORECASE,
)
FOREIGN = re.compile(
    r"übersetz|traduc|traduz|vertal|ترجم|अनुवाद|перевод|переклад|翻译|翻譯|译文|訳文|翻訳|번역|çeviri|terjemah"
    r"|תרגום|översätt|oversett|tłumacz|překlad|μετάφρ|bản dịch",
    re.IGNORECASE,
)
ENGLISH = re.compile("translat", re.IGNORECASE)
LIST_START, LIST_END = re.compile(r"\[\s*[\"']"), re.compile(r"[\"']\s*(?:,\s*)?\]")
QUOTED_IN_BRACKETS = re.compile(r"\[\s*[\"'“”„«‘「]")
COLONS = re.compile("[:：]")
MARKS = "*_#> \t"
LONGEST = 120
LONGEST_OTHER = 40
"""Of an opening in another language, whose words are not looked at one by one."""


def has_preface(source: str, result: str) -> bool:
    if EAGER.match(result) and not EXCLAMATION.match(source):
        return True
    opening, rest = parted(result)
    longer = colons(result) > colons(source) or len(lines_of(result)) > len(lines_of(source))
    if not opening or not rest or not longer or ENGLISH.search(source) or FOREIGN.search(source):
        return False
    if ABOUT.fullmatch(opening):
        return not ABOUT.fullmatch(parted(source)[0])
    return len(opening) <= LONGEST_OTHER and FOREIGN.search(opening) is not None


def is_json_list(source: str, result: str) -> bool:
    listed = LIST_START.search(result) is not None and LIST_END.search(result) is not None
    return listed and not QUOTED_IN_BRACKETS.search(source)


def parted(text: str) -> tuple[str, str]:
    """What stands in front of the first colon or line end, and what stands behind it."""
    line, _, lines = text.strip().partition("\n")
    colon = COLONS.search(line)
    opening, rest = (line[: colon.start()], line[colon.end() :]) if colon else (line, "")
    opening = opening.strip(MARKS).replace("\u2019", "'")
    return (opening, (rest + lines).strip(MARKS)) if len(opening) <= LONGEST else ("", text)


def colons(text: str) -> int:
    return len(COLONS.findall(text))


def lines_of(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]
