"""Which results are rejected, and with which code."""

# ruff: noqa: RUF001 - other scripts are what is tested

import pytest

from glossator.domain.rewriting.checks.checks import rejection_code

ENGLISH = "A node sends messages over a topic, and every node that listens receives them."
URDU = "ایک نوڈ کسی موضوع پر پیغامات بھیجتا ہے اور سننے والا ہر نوڈ انہیں وصول کرتا ہے۔"
CHINESE = "节点通过话题发送消息，每个监听的节点都会收到它们。"

ACCEPTED = [
    (ENGLISH, URDU, "ur"),
    (ENGLISH, CHINESE, "zh"),
    (ENGLISH, "ノードはトピックを通じてメッセージを送り、聞いているすべてのノードが受け取ります。", "ja"),
    (ENGLISH, "एक नोड विषय पर संदेश भेजता है और सुनने वाला हर नोड उन्हें प्राप्त करता है।", "hi"),
    (ENGLISH, "Узел отправляет сообщения через тему, и каждый слушающий узел их получает.", "ru"),
    (ENGLISH, "Čvor šalje poruke preko teme, a svaki čvor koji sluša ih prima.", "sr"),
    (ENGLISH, "Ein Knoten sendet Nachrichten über ein Thema, und jeder Zuhörer erhält sie.", "de"),
    (ENGLISH, "A node sends messages. Other nodes listen to them.", None),
    (URDU, "نوڈ پیغام بھیجتا ہے۔ دوسرے نوڈ اسے سنتے ہیں۔", None),
    (CHINESE, ENGLISH, "en"),
    ("NVIDIA ROS 2", "NVIDIA ROS 2", "ur"),
    ("Overview", "Overview", "de"),
    ("Starlette and FastAPI for you", "Starlette اور FastAPI آپ کے لیے", "ur"),
    (
        "Call `await websocket.accept(subprotocol=None)` first",
        "پہلے `await websocket.accept(subprotocol=None)` کریں",
        "ur",
    ),
    ("See https://a.example/b for it", "اس کے لیے https://a.example/bدیکھیں", "ur"),
    ("Use <x0/> for it", "اس کے لیے <x0/> استعمال کریں", "ur"),
    ("`a` and `b`", "`b` و `a`", "ar"),
]

ACCEPTED += [
    ("The node publishes to /cmd_vel topics now", "该节点现在发布到/cmd_vel话题", "zh"),
    ("Call the robot_state_publisher function first", "首先调用robot_state_publisher函数", "zh"),
    ("Publish to /cmd_vel first", "پہلے /cmd_velپر شائع کریں", "ur"),
    ("Open the file src/main.py now", "Öffne jetzt die src/main.py-Datei", "de"),
    ("See the page https://a.example/b for it", "Siehe dazu die https://a.example/b-Seite", "de"),
    ("Wait 5 seconds for two nodes", "دو نوڈز کے لیے ۵ سیکنڈ انتظار کریں", "ur"),
    ("Wait for two nodes, then stop", "2 نوڈز کا انتظار کریں، پھر رک جائیں", "ur"),
    ("Wait 5 seconds, then stop it", "پانچ سیکنڈ انتظار کریں، پھر اسے روکیں", "ur"),
]

ACCEPTED += [
    ("There are two kinds of nodes:\n\n- a plain one", "Es gibt zwei Arten von Knoten:\n\n- einen einfachen", "de"),
    ("There are two kinds of nodes.\n\n- a plain one", "Es gibt zwei Arten von Knoten:\n\n- einen einfachen", "de"),
    ("Here is the list: a node and a topic", "Here is a list: a node, a topic", None),
    (
        "A node sends messages, receives messages and offers services",
        "A node does three things:\n\n- It sends messages.\n- It receives messages.\n- It offers services.",
        None,
    ),
    ("Surely a node sends it: look there", "Gewiss sendet ein Knoten es: schau dort", "de"),
]

ACCEPTED += [
    ("The robot has twelve joints and thirteen motors.", "ロボットには12個の関節と13個のモーターがあります。", "ja"),
    ("The robot has twenty joints.", "Der Roboter hat 20 Gelenke.", "de"),
    ("歩行制御系設計論入門編は重要です", "あるくせいぎょの にゅうもんは だいじ です", None),
]

REJECTED = [
    ("The robot has twelve joints.", "Der Roboter hat 13 Gelenke.", "de", "changed_number"),
    ("Wait 5 seconds, then stop it", "6 سیکنڈ انتظار کریں، پھر اسے روکیں", "ur", "changed_number"),
    ("Wait 5 seconds, then stop it", "۶ سیکنڈ انتظار کریں، پھر اسے روکیں", "ur", "changed_number"),
    ("The step is 1e-3 in this loop", "اس لوپ میں قدم 1e-4 ہے", "ur", "changed_number"),
    ("It needs 5-10 V to run well", "اسے چلنے کے لیے 7-10 V درکار ہے", "ur", "changed_number"),
    ("It came out on 2024-1-5 at last", "یہ آخر کار 2024-1-6 کو آیا", "ur", "changed_number"),
    ("Wait for the node, then stop it", "نوڈ کا 500 ms انتظار کریں، پھر اسے روکیں", "ur", "changed_number"),
    ("Open the file src/main.py now", "Öffne jetzt die Datei src/main.py/../x.py", "de", "changed_piece"),
    (ENGLISH, URDU * 12, "ur", "too_long"),
    ("Go", "ا" * 207, "ur", "too_long"),
    (ENGLISH, "ایک نوڈ", "ur", "too_short"),
    (ENGLISH, "", "ur", "too_short"),
    ("Go", " ", "ur", "too_short"),
    (ENGLISH, "节点", "zh", "too_short"),
    (ENGLISH, ENGLISH[:20], None, "too_short"),
    (ENGLISH, ENGLISH, "ur", "wrong_script"),
    ("Hello World", "Hello World", "ur", "wrong_script"),
    ("Starlette", "Starlette", "ur", "wrong_script"),
    ("Overview", "Overview", "ur", "wrong_script"),
    ("Next Steps", "Overview", "ur", "wrong_script"),
    ("What a robot needs", "NVIDIA CUDA GPU", "ur", "wrong_script"),
    ("水 火", "水 火", "ur", "wrong_script"),
    (ENGLISH, URDU, "de", "wrong_script"),
    (ENGLISH, URDU, None, "wrong_script"),
    (ENGLISH, URDU, "hi", "wrong_script"),
    (URDU, ENGLISH, None, "wrong_script"),
    ("Use `foo` here", "یہاں استعمال کریں", "ur", "changed_piece"),
    ("Use `foo` here", "یہاں `bar` استعمال کریں", "ur", "changed_piece"),
    ("Use `foo` and `foo` here", "یہاں `foo` استعمال کریں", "ur", "changed_piece"),
    ("Where $x^2$ is", "جہاں $x^3$ ہے", "ur", "changed_piece"),
    ("A [link](a.md) here", "یہاں [ربط](b.md) ہے", "ur", "changed_piece"),
    ("A <b>bold</b> word", "ایک <b>موٹا<b> لفظ", "ur", "changed_piece"),
    ("A plain word here", "ایک [سادہ](https://evil.example) لفظ", "ur", "changed_piece"),
    ("A plain word here", "ایک سادہ <script>alert(1)</script> لفظ", "ur", "changed_piece"),
    ("See this:\n\n```\nx\n```", "یہ دیکھیں: ```\nx\n```", "ur", "changed_piece"),
    ("A plain word here", "```\nایک سادہ لفظ یہاں\n```", "ur", "changed_piece"),
]

REJECTED += [
    (ENGLISH, '["A node sends messages over a topic."]', None, "not_a_rewriting"),
    (ENGLISH, 'Sure! ["A node sends messages over a topic."] Done.', None, "not_a_rewriting"),
    (ENGLISH, "Answer: ['A node sends messages over a topic.']", None, "not_a_rewriting"),
    (ENGLISH, f'ترجمہ ["{URDU}"] شکریہ', "ur", "not_a_rewriting"),
    (ENGLISH, f'[ "{URDU}", ]', "ur", "not_a_rewriting"),
]

ACCEPTED += [
    ('The list ["a", "b"] has two words.', 'There are two words in the list ["a", "b"].', None),
    ("Open the [“Hello”](a.md) page.", 'Go to the ["Hello"](a.md) page.', None),
    ("Open the [“first”] page.", 'Go to the ["first"] page.', None),
    ("Press [Enter] to say hello.", 'Press [Enter] to say "hello" [now].', None),
    ("The following example shows a simple publisher:", "Here is an example of a simple publisher:", None),
    ("Voici la traduction de la page :\nla suite", "Here is the translation of the page:\nthe rest", "en"),
    ("Moving is applied before turning: move, turn.", "Translation comes before rotation: move, turn.", None),
    ("Of course! A robot can see.", "یقیناً! ایک روبوٹ دیکھ سکتا ہے۔", "ur"),
    ("I'm sorry, but I cannot help.", "معذرت، میں مدد نہیں کر سکتا۔", "ur"),
]


def test_glossary_terms_may_stay_in_their_script() -> None:
    source, result = "Every node needs a topic", "ہر node کو topic"

    assert rejection_code(source, result, language="ur") == "wrong_script"
    assert rejection_code(source, result, language="ur", terms=("node", "topic")) is None


@pytest.mark.parametrize(("source", "result", "language"), ACCEPTED)
def test_a_correct_result_is_accepted(source: str, result: str, language: str | None) -> None:
    assert rejection_code(source, result, language=language) is None


@pytest.mark.parametrize(("source", "result", "language", "code"), REJECTED)
def test_a_wrong_result_is_rejected_with_its_code(source: str, result: str, language: str | None, code: str) -> None:
    assert rejection_code(source, result, language=language) == code
