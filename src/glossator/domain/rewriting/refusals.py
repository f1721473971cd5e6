"""Whether a model says that it will not do what it is asked, where its source says nothing of the kind."""

import re

HELP = "(?:help|assist|comply|fulfil|translate|rewrite|simplify|adjust)"
APOLOGY = "(?:(?:i'm|i am)(?: very| so)? sorry|sorry|i apologi[sz]e|unfortunately|i'm afraid)"
UNABLE = r"(?:i (?:can't|cannot|can not|won't|will not)|(?:i'm|i am) (?:unable|not able)(?: to)?)"
REFUSAL = re.compile(
    rf"\W{{0,8}}(?:{APOLOGY}\b.{{0,30}}?\b{UNABLE}\b|{UNABLE} {HELP}\b"
    r"|as an ai(?: language model| assistant| model)?,? i\b"
    r"|(?:es tut mir leid|entschuldigung|leider)\b.{0,30}\b(?:kann ich\b.{0,30}\bnicht|ich kann)\b"
    r"|(?:je suis désolé|désolé)e?\b.{0,20}\bje ne (?:peux|suis)|lo siento\b.{0,20}\bno puedo"
    r"|(?:извините|простите|к сожалению)\b.{0,20}\bя не могу"
    r"|(?:معذرت|معاف|افسوس).{0,40}نہیں کر سکت|متاسف.{0,20}نمی\W?توانم|(?:عذر|آسف|أعتذر).{0,30}لا (?:أستطيع|يمكنني)"
    r"|(?:क्षमा|माफ़|माफ|खेद).{0,40}नहीं कर सकत|(?:抱歉|对不起).{0,10}我?(?:无法|不能)"
    r"|(?:申し訳|すみません).{0,30}(?:できません|できかねます)|죄송.{0,30}(?:수 없|도와드릴))",
    re.IGNORECASE,
)
SORRY = re.compile(
    r"\b(?:sorry|apolog\w+|i(?:'m| am)? (?:\w+ )?(?:afraid|unable|not able|can't|cannot|can not|won't|will not))\b"
    r"|\bas an ai\b",
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
