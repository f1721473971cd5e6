"""Answers that speak of themselves, or refuse; and honest ones that only look like them."""

# ruff: noqa: RUF001 - other scripts are what is tested

import pytest

from glossator.domain.rewriting.checks.checks import fault_of

NODE = "A node publishes messages on a topic."
URDU = "ایک نوڈ ٹاپک پر پیغامات شائع کرتا ہے۔"
GERMAN = "Ein Knoten veröffentlicht Nachrichten zu einem Thema."
PLAIN = "A node sends messages on a topic."
STEPS = "The pipeline consists of perception, planning and control."

HONEST = [
    ("The following example shows a simple publisher:", "Here is an example of a simple publisher:", None),
    ("The steps below create a workspace:", "Here are the steps to make a workspace:", None),
    ("To build the workspace, execute this command:", "Here is the command that builds the workspace:", None),
    ("A transform maps frames: it has two parts.", "Here is what a transform does: it maps frames. Two parts.", None),
    (
        "There are three kinds of joints: fixed, revolute and prismatic.",
        "Here are the three kinds of joints: fixed, revolute and prismatic.",
        None,
    ),
    ("Moving is applied before turning: move, turn.", "Translation comes before rotation: move, turn.", None),
    ("Translations come before rotations: move, turn.", "Translation first: move, turn.", None),
    ("Planar motion is the simplest one; it has no turn.", "Translation in a plane: it has no turn.", None),
    ("Voici un exemple de nœud :", "Here is an example of a node:", "en"),
    ("Voici la traduction de la page :\nla suite", "Here is the translation of the page:\nthe rest", "en"),
    ("Hier sind die drei Gelenke: fest, drehbar.", "Here are the three joints: fixed, revolute.", "en"),
    ("Hier ist die vereinfachte Fassung: ein Arm.", "Here is the simplified version: an arm.", "en"),
    ("A reduced arm is shown. It has two joints.", "Here is a simplified version of the arm: two joints.", None),
    ("For Python 3, this has to be written.", "Here is the version for Python 3: this must be written.", None),
    ("In Python, write this.", "Here is the version in Python: write this.", None),
    ("A reduced model is shown below", "Here is a simplified version:", None),
    ("A robot has sensors, motors and more.", "Robots have these parts:\n- sensors\n- motors\n- more", None),
    (STEPS, "It has three steps:\n- seeing\n- planning\n- moving", None),
    (STEPS, "اس کے تین مرحلے ہیں:\n- دیکھنا\n- منصوبہ بندی\n- حرکت", "ur"),
    ("Of course! A robot can see.", "یقیناً! ایک روبوٹ دیکھ سکتا ہے۔", "ur"),
    ("Great! You built a node.", "Sure! You built a node.", None),
    ("A robot may naturally fail.", "Of course, a robot may fail.", None),
    ("The robot is surely safe here.", "Certainly the robot is safe here.", None),
    ("The text in Urdu: it runs right to left.", "اردو متن: یہ دائیں سے بائیں چلتا ہے۔", "ur"),
    ("Machine translation: one use of transformers.", "مشینی ترجمہ: ٹرانسفارمرز کا ایک استعمال۔", "ur"),
    ("Machine translation is one use of it.", "مشینی ترجمہ: اس کا ایک استعمال۔", "ur"),
    ("Interpreters: they turn code into actions.", "ترجمہ کار: وہ کوڈ کو عمل میں بدلتے ہیں۔", "ur"),
    ("I'm sorry, Dave. I'm afraid I can't do that.", "I'm sorry, Dave, but I can't do that.", None),
    ("I'm sorry, but I cannot help.", "معذرت، میں مدد نہیں کر سکتا۔", "ur"),
    ("Es tut mir leid, ich kann nicht helfen.", "I'm sorry, but I can't help.", "en"),
    ("Sorry, the node was not found.", "معذرت، نوڈ نہیں ملا۔", "ur"),
    ("I could not find the node at first.", "I cannot find the node at first.", None),
    ("The robot cannot help with that.", "I am a robot, and I cannot see: help me.", None),
    ("Being an AI researcher, you read a lot.", "As an AI researcher, you read a lot.", None),
    ("An AI model grows and learns.", "As an AI model grows, it learns.", None),
    ("Unfortunately, the robot cannot work in the dark.", "افسوس کہ روبوٹ اندھیرے میں کام نہیں کر سکتا۔", "ur"),
    ("Unfortunately, simulators cannot do this yet.", "افسوس، سمیولیٹر ابھی یہ نہیں کر سکتے۔", "ur"),
    ("Sadly, the robot cannot work in the dark.", "खेद की बात है कि रोबोट अंधेरे में काम नहीं कर सकता।", "hi"),
    ("Without a graphics card the simulator does not run.", "抱歉，没有显卡无法运行模拟器。", "zh"),
    ("The gearbox has a high ratio, so it turns.", "Das Getriebe hat eine hohe Übersetzung: Der Motor dreht.", "de"),
    ("The compiler works in three stages, namely these.", "يعمل المترجم على ثلاث مراحل: هذه هي.", "ar"),
    ("The interpreter reads a program line by line.", "مترجم پروگرام کو سطر بہ سطر پڑھتا ہے: ایک ایک۔", "ur"),
    ("Unit conversion is simple, since it is linear.", "Перевод единиц прост: он линеен.", "ru"),
    ("The motor turns the wheel, and it moves.", "Motor tekerleği çevirir: hareket eder.", "tr"),
    ("We employ a simplified model which neglects friction.", "A simplified version: it leaves out friction.", None),
    ("Good. Now start the simulator.", "好的！现在启动模拟器。", "zh"),
    ("Okay. Now the robot stands.", "Okay! Jetzt steht der Roboter.", "de"),
    ("Of course. Robots need power.", "Natürlich! Roboter brauchen Strom.", "de"),
    ("Sure. It works.", "ضرور! یہ کام کرتا ہے۔", "ur"),
    ("Exactly. The loop repeats.", "Sure! The loop repeats.", None),
]

PREFACES = [
    f"Sure! Here is the translation:\n\n{PLAIN}",
    f"Sure! {PLAIN}",
    f"Certainly!\n\n{PLAIN}",
    f"Of course! {PLAIN}",
    f"Of course. Here is the rewritten text: {PLAIN}",
    f"Sure, here's a simplified version of the text: {PLAIN}",
    f"Certainly, a simpler version: {PLAIN}",
    f"Here is the text for beginners:\n\n{PLAIN}",
    f"Here is your text, rewritten for a beginner:\n{PLAIN}",
    f"Here is the adjusted version\n\n{PLAIN}",
    f"Here is the simplified text for a beginner: {PLAIN}",
    f"**Simplified version:** {PLAIN}",
    f"Rewritten text: {PLAIN}",
    f"Below is the rewritten passage:\n{PLAIN}",
    f"I have simplified the text for you: {PLAIN}",
]

TRANSLATED = [
    (f"Here is the translation: {URDU}", "ur"),
    (f"Here's the Urdu translation:\n{URDU}", "ur"),
    (f"Here is the text in Urdu: {URDU}", "ur"),
    (f"Translation (Urdu): {URDU}", "ur"),
    (f"The translated text is:\n{URDU}", "ur"),
    (f"یقیناً! یہ رہا ترجمہ:\n\n{URDU}", "ur"),
    (f"یہ رہا ترجمہ: {URDU}", "ur"),
    (f"ترجمہ: {URDU}", "ur"),
    (f"ترجمہ درج ذیل ہے:\n{URDU}", "ur"),
    (f"Natürlich! Hier ist die Übersetzung: {GERMAN}", "de"),
    (f"Übersetzung:\n{GERMAN}", "de"),
    ("Voici la traduction : Un nœud publie des messages.", "fr"),
    ("Aquí está la traducción: Un nodo publica mensajes.", "es"),
    ("这是翻译：节点在话题上发布消息。", "zh"),
    ("翻訳：ノードはトピックにメッセージを公開します。", "ja"),
    ("إليك الترجمة: تنشر العقدة الرسائل على موضوع.", "ar"),
    ("यह रहा अनुवाद: एक नोड विषय पर संदेश प्रकाशित करता है।", "hi"),
    ("Вот перевод: Узел публикует сообщения в теме.", "ru"),
]

REFUSALS = [
    ("I'm sorry, but I can't help with that.", None),
    ("I\u2019m sorry, but I can\u2019t assist with this request.", None),
    ("Sorry, I cannot translate this text.", None),
    ("I apologize, but I am unable to rewrite it.", None),
    ("I cannot help with that request.", None),
    ("I can't assist with that, sorry to say.", None),
    ("I am unable to translate this text.", None),
    ("As an AI language model, I do not do that.", None),
    ("As an AI, I have no opinion on that.", None),
    ("معذرت، میں اس میں مدد نہیں کر سکتا۔", "ur"),
    ("Es tut mir leid, aber dabei kann ich nicht helfen.", "de"),
    ("抱歉，我无法协助处理您的这个请求。", "zh"),
    ("申し訳ありませんが、お手伝いできません。", "ja"),
    ("عذرًا، لا أستطيع مساعدتك في هذا.", "ar"),
    ("क्षमा करें, मैं इसमें मदद नहीं कर सकता।", "hi"),
]


JSON_LISTS = [
    ('["A node sends messages."]', None),
    ('Sure! ["A node sends messages on a topic."] Done.', None),
    ("Answer: ['A node sends messages on a topic.']", None),
    (f'ترجمہ ["{URDU}"] شکریہ', "ur"),
    (f'[ "{URDU}", ]', "ur"),
]

BRACKETS = [
    ('The list ["a", "b"] has two words.', 'There are two words in the list ["a", "b"].', None),
    ("Open the [“Hello”](a.md) page.", 'Go to the ["Hello"](a.md) page.', None),
    ("Open the [“first”] page.", 'Go to the ["first"] page.', None),
    ("Press [Enter] to say hello.", 'Press [Enter] to say "hello" [now].', None),
]


@pytest.mark.parametrize(("result", "language"), JSON_LISTS)
def test_a_list_of_json_is_no_rewriting(result: str, language: str | None) -> None:
    assert fault_of(NODE, result, language=language) == "not_a_rewriting"


@pytest.mark.parametrize(("source", "result", "language"), BRACKETS)
def test_brackets_and_quotation_marks_of_the_source_are_no_json(source: str, result: str, language: str | None) -> None:
    assert fault_of(source, result, language=language) is None


@pytest.mark.parametrize(("source", "result", "language"), HONEST)
def test_an_honest_text_may_begin_with_here_is_or_a_line_before_a_list(
    source: str, result: str, language: str | None
) -> None:
    assert fault_of(source, result, language=language) is None


@pytest.mark.parametrize("result", PREFACES)
def test_what_speaks_of_itself_first_is_no_rewriting(result: str) -> None:
    assert fault_of(NODE, result, language=None) == "not_a_rewriting"


@pytest.mark.parametrize(("result", "language"), TRANSLATED)
def test_what_says_that_it_is_a_translation_is_none(result: str, language: str) -> None:
    assert fault_of(NODE, result, language=language) == "not_a_rewriting"


@pytest.mark.parametrize(("result", "language"), REFUSALS)
def test_a_refusal_that_the_source_does_not_say_is_no_rewriting(result: str, language: str | None) -> None:
    assert fault_of(NODE, result, language=language) == "not_a_rewriting"
