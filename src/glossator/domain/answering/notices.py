"""What this service itself says where an answer would be, in the language of the question."""

# ruff: noqa: RUF001 - texts in Urdu

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from glossator.domain.answering.language import is_urdu
from glossator.domain.answering.question import Reason
from glossator.domain.budget.caps import Cap


@dataclass(frozen=True)
class Notices:
    """`unsupported` and `replaced` are between a streamed text that cannot be taken back and the answer in its place.

    `caps` are by the limit that has too little left; `renewed` says when it is full again.
    """

    not_found: str
    not_written: str
    not_quoted: str
    unsupported_language: str
    keywords_only: str
    no_keywords: str
    unsupported: str
    replaced: str
    renewed: str = ""
    caps: Mapping[str, str] | None = None

    def unanswered(self, reason: Reason) -> str:
        """Where no sentence of the book can be quoted."""
        return self.not_written if reason in {"model_unavailable", "too_slow"} else self.not_quoted

    def spent(self, cap: Cap) -> str:
        if self.caps is None:
            return cap.sentence
        return f"{self.caps[cap.limit]} {self.renewed.format(time=cap.resets_at)}"


ENGLISH: Final = Notices(
    not_found="I could not find an answer to this in the book.",
    not_written="The assistant cannot write an answer right now; these sections are the closest.",
    not_quoted="No sentence of the book answers this by itself; these sections are the closest.",
    unsupported_language="The assistant cannot search this book in the language of your question ({script} script).",
    keywords_only="The assistant can search by keywords only right now; these sections are the closest.",
    no_keywords=(
        "The assistant can search by keywords only right now, and no section has those of your question. "
        "Try again later."
    ),
    unsupported="The book does not support the text above. It says:",
    replaced="This replaces the text above:",
)
URDU: Final = Notices(
    not_found="مجھے اس کا جواب کتاب میں نہیں ملا۔",
    not_written="اس وقت جواب نہیں لکھا جا سکتا؛ قریب ترین حصے یہ ہیں۔",
    not_quoted="کتاب کا کوئی ایک جملہ اس کا جواب نہیں دیتا؛ قریب ترین حصے یہ ہیں۔",
    unsupported_language="اس کتاب میں آپ کے سوال کی زبان ({script} رسم الخط) میں تلاش ممکن نہیں۔",
    keywords_only="اس وقت صرف الفاظ سے تلاش ہو سکتی ہے؛ قریب ترین حصے یہ ہیں۔",
    no_keywords=(
        "اس وقت صرف الفاظ سے تلاش ہو سکتی ہے، اور آپ کے سوال کے الفاظ کسی حصے میں نہیں۔ کچھ دیر بعد دوبارہ کوشش کریں۔"
    ),
    unsupported="کتاب اوپر کے متن کی تائید نہیں کرتی۔ کتاب میں یہ لکھا ہے:",
    replaced="اوپر کے متن کی جگہ یہ جواب ہے:",
    renewed="یہ {time:%Y-%m-%d} کو {time:%H:%M} UTC پر دوبارہ دستیاب ہوگا۔",
    caps={
        "site_month": "لکھے جانے والے جوابات کا اس مہینے کا بجٹ ختم ہو چکا ہے۔",
        "site_day": "لکھے جانے والے جوابات کا آج کا بجٹ ختم ہو چکا ہے۔",
        "guests_day": "جن قارئین کا اکاؤنٹ نہیں یا نیا ہے، ان کا آج کا بجٹ ختم ہو چکا ہے۔",
        "rewriting_day": "ترجمے اور آسان متن کا آج کا بجٹ ختم ہو چکا ہے۔",
        "account_day": "اس اکاؤنٹ کا آج کا بجٹ ختم ہو چکا ہے۔",
        "network_day": "اس نیٹ ورک کا آج کا بجٹ ختم ہو چکا ہے۔",
    },
)


def notices_for(question: str) -> Notices:
    return URDU if is_urdu(question) else ENGLISH


def notices_in(language: str) -> Notices:
    """Of the language's tag, or in English."""
    return URDU if language == "ur" else ENGLISH
