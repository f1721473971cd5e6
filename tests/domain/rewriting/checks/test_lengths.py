"""Complete translations, including terse ones, and the same translations cut off silently."""

# ruff: noqa: RUF001 - other scripts are what is tested

import pytest

from glossator.domain.rewriting.checks.checks import rejection_code

WHOLE = {
    "A node sends messages over a topic, and every node that listens receives them.": {
        "ur": "ایک نوڈ کسی موضوع پر پیغامات بھیجتا ہے اور سننے والا ہر نوڈ انہیں وصول کرتا ہے۔",
        "de": "Ein Knoten sendet Nachrichten über ein Thema, und jeder zuhörende Knoten empfängt sie.",
        "zh": "节点通过话题发送消息，每个监听的节点都会收到它们。",
        "ja": "ノードはトピックを通じてメッセージを送り、聞いているすべてのノードが受け取ります。",
        "ar": "ترسل العقدة رسائل عبر موضوع، وتستقبلها كل عقدة تستمع إليه.",
        "hi": "एक नोड किसी विषय पर संदेश भेजता है, और सुनने वाला हर नोड उन्हें प्राप्त करता है।",
        "ko": "노드는 토픽을 통해 메시지를 보내고, 듣고 있는 모든 노드가 그것을 받습니다.",
        "he": "צומת שולח הודעות דרך נושא, וכל צומת שמאזין מקבל אותן.",
        "am": "አንድ ኖድ በርዕስ ላይ መልዕክቶችን ይልካል፣ የሚያዳምጥ ሁሉ ይቀበላቸዋል።",
        "th": "โหนดส่งข้อความผ่านหัวข้อ และทุกโหนดที่ฟังอยู่จะได้รับข้อความเหล่านั้น",
        "ru": "Узел отправляет сообщения через тему, и каждый слушающий узел их получает.",
        "tr": "Bir düğüm bir konu üzerinden mesaj gönderir ve dinleyen her düğüm onları alır.",
    },
    "Before you begin, install the simulator and check that it runs on your machine.": {
        "ur": "شروع کرنے سے پہلے سمیولیٹر انسٹال کریں اور دیکھ لیں کہ یہ آپ کی مشین پر چلتا ہے۔",
        "de": "Installiere vor dem Start den Simulator und prüfe, ob er läuft.",
        "zh": "开始之前，请安装模拟器并检查它能否在您的机器上运行。",
        "ja": "始める前に、シミュレーターをインストールし、お使いのマシンで動作することを確認してください。",
        "ar": "قبل أن تبدأ، ثبّت المحاكي وتحقق من أنه يعمل على جهازك.",
        "hi": "शुरू करने से पहले सिम्युलेटर इंस्टॉल करें और जाँच लें कि वह आपकी मशीन पर चलता है।",
        "ko": "시작하기 전에 시뮬레이터를 설치하고 컴퓨터에서 실행되는지 확인하세요.",
        "he": "לפני שמתחילים, התקינו את הסימולטור ובדקו שהוא פועל במחשב שלכם.",
        "ru": "Перед началом установите симулятор и проверьте, что он работает.",
    },
    "Forward kinematics computes the position of the hand from the angles of the joints. Inverse "
    "kinematics goes the other way. It finds angles that bring the hand to a wanted place. There "
    "may be many solutions or none at all.": {
        "ur": (
            "فارورڈ کائنیمیٹکس جوڑوں کے زاویوں سے ہاتھ کی پوزیشن کا حساب لگاتی ہے۔ انورس کائنیمیٹکس الٹا "
            "کام کرتی ہے۔ یہ وہ زاویے تلاش کرتی ہے جو ہاتھ کو مطلوبہ جگہ تک لے جائیں۔ ہو سکتا ہے کہ بہت سے "
            "حل ہوں یا کوئی بھی نہ ہو۔"
        ),
        "zh": (
            "正向运动学根据关节角度计算手的位置。逆向运动学则相反，它求出使手到达目标位置的角度。解可能有很"
            "多，也可能没有。"
        ),
        "ja": (
            "順運動学は関節の角度から手の位置を計算します。逆運動学はその逆で、手を目的の場所に運ぶ角度を求"
            "めます。解は多数あることも、まったくないこともあります。"
        ),
        "ar": (
            "تحسب الحركية الأمامية موضع اليد من زوايا المفاصل. أما الحركية العكسية فتسير في الاتجاه "
            "المعاكس، إذ تجد الزوايا التي توصل اليد إلى المكان المطلوب. قد توجد حلول كثيرة وقد لا يوجد أي "
            "حل."
        ),
        "hi": (
            "फ़ॉरवर्ड काइनेमेटिक्स जोड़ों के कोणों से हाथ की स्थिति निकालती है। इनवर्स काइनेमेटिक्स उल्टा "
            "काम करती है। वह ऐसे कोण खोजती है जो हाथ को चाही गई जगह पर ले जाएँ। कई हल हो सकते हैं या एक भी "
            "नहीं।"
        ),
        "de": (
            "Die Vorwärtskinematik berechnet die Lage der Hand aus den Gelenkwinkeln. Die "
            "Rückwärtskinematik geht umgekehrt vor: Sie findet Winkel, die die Hand an den gewünschten Ort "
            "bringen. Es kann viele Lösungen geben oder gar keine."
        ),
        "ko": (
            "정기구학은 관절 각도에서 손의 위치를 계산합니다. 역기구학은 반대로, 손을 원하는 곳으로 옮기는 "
            "각도를 찾습니다. 해가 많을 수도 있고 전혀 없을 수도 있습니다."
        ),
    },
    "A humanoid robot keeps its balance by moving its centre of mass over its feet, and a "
    "controller corrects every small error.": {
        "ur": (
            "انسان نما روبوٹ اپنے مرکزِ کمیت کو پاؤں کے اوپر رکھ کر توازن برقرار رکھتا ہے، اور کنٹرولر ہر "
            "چھوٹی غلطی درست کرتا ہے۔"
        ),
        "zh": "人形机器人通过将质心移到双脚上方来保持平衡，控制器会纠正每个小误差。",
        "ja": "ヒューマノイドロボットは重心を足の上に移して平衡を保ち、制御器が小さな誤差をすべて補正します。",
        "ar": "يحافظ الروبوت البشري على توازنه بتحريك مركز كتلته فوق قدميه، ويصحح المتحكم كل خطأ صغير.",
        "hi": ("मानवाकार रोबोट अपने द्रव्यमान केंद्र को पैरों के ऊपर रखकर संतुलन बनाए रखता है और नियंत्रक हर छोटी त्रुटि सुधारता है।"),
        "de": (
            "Ein humanoider Roboter hält sein Gleichgewicht, indem er seinen Schwerpunkt über den Füßen "
            "hält; ein Regler korrigiert jeden kleinen Fehler."
        ),
        "he": "רובוט דמוי אדם שומר על שיווי משקל בהזזת מרכז המסה אל מעל רגליו, ובקר מתקן כל שגיאה קטנה.",
    },
}
TERSE = {
    "Install the simulator before you start.": {
        "ur": "شروع کرنے سے پہلے سمیولیٹر انسٹال کریں",
        "de": "Installiere zuerst den Simulator",
        "zh": "开始前先安装模拟器",
        "ja": "先にシミュレーターを入れる",
        "ar": "ثبّت المحاكي قبل البدء",
        "hi": "पहले सिम्युलेटर इंस्टॉल करें",
        "ko": "시작 전에 시뮬레이터 설치",
        "he": "התקינו קודם את הסימולטור",
    },
}
PAIRS = [(source, text, language) for source, texts in WHOLE.items() for language, text in texts.items()]
UNMARKED = [(source, text.rstrip(".。۔।"), language) for source, text, language in PAIRS]
TERSE_PAIRS = [(source, text, language) for source, texts in TERSE.items() for language, text in texts.items()]
SHORTER = [
    (
        "A camera that measures the distance as well as the colour of each point.",
        "Kamera, die Abstand und Farbe jedes Punkts misst",
        "de",
    ),
    (
        "In order to be able to use the simulator on your own machine, you will first of all need a graphics card.",
        "Für den Simulator auf dem eigenen Rechner braucht man eine Grafikkarte",
        "de",
    ),
]
BACK = [(text, source, "en") for source, text, _ in PAIRS]
CUT = [pair for pair in PAIRS if pair[2] in ("ur", "de", "zh", "ja", "ar", "hi", "ko", "he")]

PLAINER = [
    (
        "In order to facilitate the acquisition of the necessary knowledge, this chapter introduces the nodes.",
        "This chapter shows you what the nodes are for.",
    ),
    (
        "In order to be able to construct the workspace, it is necessary to load the base workspace first of all.",
        "To build the workspace, first load the base workspace, which we call the underlay",
    ),
    ("Subsequently, the aforementioned configuration has to be validated.", "After that, check your settings."),
    ("The controller corrects every small error at once.", "The controller fixes errors at once."),
    ("A robot can walk, run and climb.", "Robots walk, run and climb."),
    ('He calls it a "node that only listens to the others."', '"It is a node that only listens."'),
    ("Let us build a robot together now! \U0001f680", "Let us build a robot! \U0001f680"),
    ("**Note that the robot may fall over at any time.**", "**The robot may fall over.**"),
    ("Look at all of the values that the function `f()` returns: `a`, `b`.", "Look at what `f()` returns: `a`, `b`."),
    (
        "The pipeline of the robot consists of perception, of planning and of control.",
        "It has three steps:\n- seeing\n- planning\n- moving",
    ),
    ("The robot sees, plans and moves (see the next chapter).", "Robots see, plan and move (see later)."),
]


@pytest.mark.parametrize(("source", "result", "language"), [*PAIRS, *UNMARKED, *TERSE_PAIRS, *SHORTER, *BACK])
def test_a_complete_translation_is_accepted_with_and_without_a_full_stop(
    source: str, result: str, language: str
) -> None:
    assert rejection_code(source, result, language=language) is None


@pytest.mark.parametrize("share", [0.42, 0.45, 0.5])
@pytest.mark.parametrize(("source", "result", "language"), CUT)
def test_half_a_translation_is_cut_off(source: str, result: str, language: str, share: float) -> None:
    cut = result[: int(len(result) * share)].rstrip(".,;:。，、۔،। ")

    assert rejection_code(source, cut, language=language) in ("truncated", "too_short")


@pytest.mark.parametrize(("source", "result"), PLAINER)
def test_a_shorter_text_with_a_sentence_end_is_complete(source: str, result: str) -> None:
    assert rejection_code(source, result, language=None) is None


@pytest.mark.parametrize("share", [0.42, 0.5, 0.6])
@pytest.mark.parametrize("source", WHOLE)
def test_half_a_text_for_beginners_is_cut_off(source: str, share: float) -> None:
    cut = source[: int(len(source) * share)].rstrip(".,; ")

    assert rejection_code(source, cut, language=None) == "truncated"


@pytest.mark.parametrize(
    ("source", "result", "language"),
    [
        ("Before you begin, install the simulator and check that it runs.", "ก่อนเริ่ม ติดตั้งตัวจำลองและดูว่ามันทำงาน", "th"),
        ("Before you begin, install the simulator and check that it runs.", "ຕິດຕັ້ງຕົວຈຳລອງກ່ອນເລີ່ມ", "lo"),
        ("Before you begin, install the simulator and check that it runs.", "ដំឡើងកម្មវិធីក្លែងធ្វើមុន", "km"),
        ("What a robot needs before it can begin to walk", "Was ein Roboter zum Gehen braucht", "de"),
        ("What a robot needs before it can begin to walk", "So a robot can start to walk", None),
    ],
)
def test_scripts_without_full_stops_need_none(source: str, result: str, language: str | None) -> None:
    assert rejection_code(source, result, language=language) is None
