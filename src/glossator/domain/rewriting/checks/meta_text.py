# ruff: noqa: RUF001 - other scripts are what is looked for

"""Whether an answer has words about itself around it, "Sure! Here is the translation:", or is a list of JSON.

An honest text may begin with "Here is an example:" and may speak of translations, so it must say that it is a rewriting
itself, have something behind that, and be longer by that beginning than its source, which says nothing of the kind.

Whether a model says that it will not do what it is asked, where its source says nothing of the kind.
"""

import re

EAGERNESS = "sure(?: thing)?|certainly|of course|absolutely|okay|gladly|with pleasure|happy to help|no problem"
EAGER = re.compile(rf"\W{{0,8}}(?:{EAGERNESS})\s?!", re.IGNORECASE)
ASSENT = re.compile(rf"\W{{0,8}}(?:{EAGERNESS}|ok|yes|good|great|right|exactly|well)\b", re.IGNORECASE)
LEAD = re.compile(
    rf"(?:{EAGERNESS}|natürlich|gerne|klar|selbstverständlich|bien sûr|avec plaisir|claro|por supuesto|certo|конечно"
    r"|البته|یقیناً?|ضرور|بالکل|بالتأكيد|بالطبع|ज़रूर|जरूर|当然|好的|もちろん|물론)\s?[,.!，！،]\s?",
    re.IGNORECASE,
)
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
    rf"(?:(?:here(?:'s| is)|below is|this is|the following is) (?:the |an? |my |your )?(?:{NAMED}|{TEXT_FOR})"
    rf"|(?:the |my |your )?{NAMED}|i(?:'ve| have) {CHANGED} (?:it|(?:the|your|this) {KIND}){READER}?)"
    r"(?: is| reads| follows| below| as follows| is as follows)?",
    re.IGNORECASE,
)
AFTER_LEAD = re.compile(rf"(?:an? )?{NAMED}", re.IGNORECASE)
FOREIGN = re.compile(
    r"(?:hier ist )?(?:die |deine |ihre )?übersetzung|(?:voici )?(?:la |votre )?traduction"
    r"|(?:aquí (?:está|tienes?) )?(?:la |su )?traducción|(?:aqui está )?a? ?tradução|(?:ecco )?(?:la )?traduzione"
    r"|(?:hier is )?(?:de )?vertaling|(?:вот )?перевод|(?:ось )?переклад|(?:işte )?çeviri(?:si)?"
    r"|(?:berikut )?terjemahan(?:nya)?"
    r"|(?:oto )?tłumaczenie|(?:یہ (?:رہا|ہے) )?(?:اردو )?ترجمہ(?: (?:یہ|درج ذیل|حسب ذیل))?(?: ہے)?"
    r"|(?:إليك |هذه هي |هذا هو )?(?:الترجمة|ترجمة النص)|(?:این )?ترجمه(?: متن)?"
    r"|(?:यह रहा |यहाँ )?(?:हिंदी |हिन्दी )?अनुवाद(?: है| यह है)?|(?:以下是|这是)?(?:译文|翻译|翻譯|中文翻译)(?:如下)?"
    r"|(?:以下(?:は|が))?(?:訳文|翻訳|日本語訳)(?:です)?|(?:다음은 )?번역(?:문|입니다)?(?:은 다음과 같습니다)?",
    re.IGNORECASE,
)
"""The whole of an opening: the same words, or words of their roots, have other meanings within a sentence."""
ENGLISH = re.compile("translat", re.IGNORECASE)
LIST_START, LIST_END = re.compile(r"\[\s*[\"']"), re.compile(r"[\"']\s*(?:,\s*)?\]")
QUOTED_IN_BRACKETS = re.compile(r"\[\s*[\"'“”„«‘「]")
COLONS = re.compile("[:：]")
MARKS = "*_#> \t"
LONGEST = 120


def has_preface(source: str, result: str) -> bool:
    if EAGER.match(result) and not ASSENT.match(source):
        return True
    opening, rest = parted(result)
    longer = colons(result) > colons(source) or len(lines_of(result)) > len(lines_of(source))
    if not opening or not rest or not longer or ENGLISH.search(source):
        return False
    return speaks_of_itself(opening) and not speaks_of_itself(parted(source)[0])


def speaks_of_itself(opening: str) -> bool:
    lead = LEAD.match(opening)
    said = opening[lead.end() :] if lead else opening
    patterns = (ABOUT, FOREIGN, AFTER_LEAD) if lead else (ABOUT, FOREIGN)
    return any(pattern.fullmatch(said) for pattern in patterns)


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


HELP = "(?:help|assist|comply|fulfil|translate|rewrite|simplify|adjust)"
APOLOGY = "(?:(?:i'm|i am)(?: very| so)? sorry|sorry|i apologi[sz]e|unfortunately|i'm afraid)"
UNABLE = r"(?:i (?:can't|cannot|can not|won't|will not)|(?:i'm|i am) (?:unable|not able)(?: to)?)"
REFUSAL = re.compile(
    rf"\W{{0,8}}(?:(?:{APOLOGY}\b.{{0,30}}?\b)?{UNABLE}(?: \w+)? {HELP}\b|{APOLOGY}\b.{{0,10}}\b{UNABLE}\b"
    r"|as an ai(?: language model| assistant| model)?,? i\b"
    r"|(?:es tut mir leid|entschuldigung|leider)\b.{0,30}\b(?:kann ich|ich kann)\b.{0,30}\bnicht\b"
    r"|(?:je suis désolé|désolé)e?\b.{0,20}\bje ne (?:peux|suis)|lo siento\b.{0,20}\bno puedo"
    r"|(?:извините|простите|к сожалению)\b.{0,20}\bя не могу"
    r"|(?:معذرت|معاف|افسوس).{0,40}مدد نہیں کر سکت|متاسف.{0,20}نمی\W?توانم"
    r"|(?:عذر|آسف|أعتذر).{0,30}لا (?:أستطيع|يمكنني)|(?:क्षमा|माफ़|माफ|खेद).{0,40}मदद नहीं कर सकत"
    r"|(?:抱歉|对不起)[,，]?我(?:无法|不能)|(?:申し訳|すみません).{0,20}(?:お手伝い|お答え|対応).{0,6}できま|죄송.{0,20}도와드릴)",
    re.IGNORECASE,
)
"""In the first person, and about the work: a text may well say that a robot cannot do something."""
SORRY = re.compile(
    r"\b(?:sorry|apolog\w+|unfortunately|regret\w*|i(?:'m| am)? (?:\w+ )?(?:afraid|unable|not able|can't|cannot|can not"
    r"|won't|will not))\b|\bas an ai\b",
    re.IGNORECASE,
)
LONGEST_REFUSAL = 200


def is_refusal(source: str, result: str) -> bool:
    said = straight(source)
    return bool(REFUSAL.match(straight(result[:LONGEST_REFUSAL]))) and not (
        SORRY.search(said) or REFUSAL.search(said[:LONGEST_REFUSAL])
    )


def straight(text: str) -> str:
    return text.replace("\u2019", "'")
