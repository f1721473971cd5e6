"""Whether a model says that it will not do what it is asked, where its source says nothing of the kind."""

# ruff: noqa: RUF001 - other scripts are what is looked for

import re

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
LONGEST = 200


def is_refusal(source: str, result: str) -> bool:
    said = straight(source)
    return bool(REFUSAL.match(straight(result[:LONGEST]))) and not (
        SORRY.search(said) or REFUSAL.search(said[:LONGEST])
    )


def straight(text: str) -> str:
    return text.replace("\u2019", "'")
