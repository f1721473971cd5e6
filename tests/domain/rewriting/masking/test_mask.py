"""What is masked, what the model sees, and how the text is restored."""

# ruff: noqa: RUF001 - other scripts are what is tested

import pytest

from glossator.domain.rewriting.masking.mask import LostPiece, mask, restore

KEPT = [
    ("Call `app.run()` now", "`app.run()`"),
    ("Call ``a ` b`` now", "``a ` b``"),
    ("See:\n\n```python\nx = `1`\n\ny\n```\n\nand so on", "```python\nx = `1`\n\ny\n```"),
    ("See:\n\n- ~~~\n  never closed", "~~~\n  never closed"),
    ("The area $a^2 + b$ is", "$a^2 + b$"),
    ("The area $$\na^2\n\n+ b\n$$ is", "$$\na^2\n\n+ b\n$$"),
    (r"The area \(a^2\) is", r"\(a^2\)"),
    (r"The area \[a^2\] is", r"\[a^2\]"),
    (r"The area \begin{align*}a &= b\end{align*} is", r"\begin{align*}a &= b\end{align*}"),
    (r"The angle \alpha is", r"\alpha"),
    ("Open https://a.example/b_(c)?d=1#e, then", "https://a.example/b_(c)?d=1#e"),
    ("(see https://a.example/b)", "https://a.example/b"),
    ("Connect to postgresql://user@host:5432/db now", "postgresql://user@host:5432/db"),
    ("Write to first.last+tag@mail.example.org.", "first.last+tag@mail.example.org"),
    ("Open <https://a.example> now", "<https://a.example>"),
    ("A [link](../a/b.md) here", "](../a/b.md)"),
    ('A [link](a(b)c "a ) title") here', '](a(b)c "a ) title")'),
    ("A [link](<a b>) here", "](<a b>)"),
    ("A ![picture](pic.png) here", "](pic.png)"),
    ("A ![picture](pic.png) here", "!["),
    ("A [link][label] here", "][label]"),
    ("A [Label] here\n\n[label]: /url 'title'", "[Label]"),
    ("A note[^1] here", "[^1]"),
    ("A <a href=\"x>y\" class='z'>word</a> here", "<a href=\"x>y\" class='z'>"),
    ("A <br/> here", "<br/>"),
    ("A <!-- hidden -- word --> here", "<!-- hidden -- word -->"),
    ("The <code>x < y</code> here", "<code>x < y</code>"),
    ("The <Tabs values={[{a: '>'}]} lazy>one</Tabs> here", "<Tabs values={[{a: '>'}]} lazy>"),
    ("The value {props.items.map(i => i.name)} here", "{props.items.map(i => i.name)}"),
    ("Heading {#custom-id}", "{#custom-id}"),
    ("import Tabs from '@theme/Tabs';\n\nThe text", "import Tabs from '@theme/Tabs';"),
    ('The <Tabs values={[{label: "}"}]} lazy>one</Tabs> here', '<Tabs values={[{label: "}"}]} lazy>'),
    ("The <Tabs values={[{label: '}}'}]}>one</Tabs> here", "<Tabs values={[{label: '}}'}]}>"),
    ('The brace {"}"} here', '{"}"}'),
    (r'The brace {"\"}"} here', r'{"\"}"}'),
    ("The brace {`}`} here", "{`}`}"),
    ("The note {/* don't } */} here", "{/* don't } */}"),
    ("The <Box size={/* } */ 1}/> here", "<Box size={/* } */ 1}/>"),
    ("{/*\nA note.\n\nAnother }.\n*/}\n\nThe text", "{/*\nA note.\n\nAnother }.\n*/}"),
    ('It\'s { open and then "{value}" here', "{value}"),
    ("export const x = {\n  a: '}',\n\n  b: 1,\n};\n\nThe text", "export const x = {\n  a: '}',\n\n  b: 1,\n};"),
    ("export const y =\n  [1, 2]\n    .map(f);\n\nThe text", "export const y =\n  [1, 2]\n    .map(f);"),
    ("export const z = `a\n\nb ${c}\n`;\n\nThe text", "export const z = `a\n\nb ${c}\n`;"),
    ("import {\n  A,\n  B,\n} from '@theme/x';\n\nThe text", "import {\n  A,\n  B,\n} from '@theme/x';"),
    ("import A, * as B from 'x'\nexport * from './a';\n\nThe text", "import A, * as B from 'x'"),
    ("import A from 'x'\nexport * from './a';\n\nThe text", "export * from './a';"),
    ("export {a, b} from './a';\n\nThe text", "export {a, b} from './a';"),
    (
        "export default function App() {\n  return <p>It's {a}</p>;\n}\n\nThe text",
        "export default function App() {\n  return <p>It's {a}</p>;\n}",
    ),
    (
        "export default ({children}) => <b>{children}</b>\n\nThe text",
        "export default ({children}) => <b>{children}</b>",
    ),
    ("First:\n\n- a\n  1. - ~~~\n       run it\n       ~~~\n", "~~~\n       run it\n       ~~~"),
    ("See:\n\n    run it\n\n    and that\n\nand so on", "    run it\n\n    and that"),
    ("See:\n\n\trun it", "\trun it"),
    ("See:\n\n- an item\n\n      run it\n\nand so on", "      run it"),
    ('A [x] here\n\n[x]: /url "a\nlong title"\n\nand so on', '[x]: /url "a\nlong title"'),
    ("A [x] here\n\n[x]:\n  <a b>\n  'a title'\n\nand so on", "[x]:\n  <a b>\n  'a title'"),
    ("A [x] here\n\n[x]: /url\n(a title)\nand so on", "[x]: /url\n(a title)"),
    ("A [x] here\n\n[x]: /url\n(no title) and so on", "[x]: /url"),
    ("Use --json here", "--json"),
    ("Give it --log-level=debug, then", "--log-level=debug"),
    ("Use (-v) here", "-v"),
    ("Set use_sim_time:=true there", "use_sim_time:=true"),
    ("Set $HOME and go", "$HOME"),
    ("Add $HOME/bin:$PATH to it", "$HOME/bin"),
    ("Add ${HOME}:$PATH to it", "$PATH"),
    ("A std::vector is", "std::vector"),
    ("Call rclcpp::spin(node) now", "rclcpp::spin(node)"),
    ("The @property mark is", "@property"),
    ("Add @docusaurus/core now", "@docusaurus/core"),
    ("Install ros-humble-desktop now", "ros-humble-desktop"),
    ("The ros2-control-demos are", "ros2-control-demos"),
    ("It draws 2 A, then", "2 A"),
    (":::note\nMind this\n:::", ":::note"),
    ("Set max_size now", "max_size"),
    ("Set maxSize now", "maxSize"),
    ("A JSONResponse comes", "JSONResponse"),
    ("Read request.url.path now", "request.url.path"),
    ("Set MAX_SIZE now", "MAX_SIZE"),
    ("Then __init__ runs", "__init__"),
    ("Call print() now", "print()"),
    ("Call print('a word') now", "print('a word')"),
    ("Use the @app.route mark", "@app.route"),
    ("Edit src/main.py now", "src/main.py"),
    ("Post to /chat/stream now", "/chat/stream"),
    ("It takes 10 ms now", "10 ms"),
    ("It weighs 2.5kg now", "2.5kg"),
    ("It turns 3 m/s² now", "3 m/s²"),
    ("Use a 5 A fuse here", "5 A"),
    ("It draws 10 A at full load", "10 A"),
    ("It draws 5 A when idle", "5 A"),
    ("It sees 30 FPS now", "30 FPS"),
    ("It does 275 TOPS now", "275 TOPS"),
    ("It does 4.5 TFLOPS now", "4.5 TFLOPS"),
    ("An arm of 6 DOF here", "6 DOF"),
    ("An arm of 6 DoF here", "6 DoF"),
    ("It is 6 ft long", "6 ft"),
    ("It weighs 4 lb now", "4 lb"),
    ("It weighs 4 lbs now", "4 lbs"),
    ("It weighs 8 oz now", "8 oz"),
    ("It runs 9 mph now", "9 mph"),
    ("A camera of 2 MP sees", "2 MP"),
    ("It turns 90 RPM now", "90 RPM"),
    ("It holds 3 mL now", "3 mL"),
    ("It has 8 nF there", "8 nF"),
    ("It has 5 VDC there", "5 VDC"),
    ("It has 6 GFLOPS there", "6 GFLOPS"),
    ("It moves 8 mm/s now", "8 mm/s"),
    ("It weighs 3 g/cm³ now", "3 g/cm³"),
    ("Its torque is 5 kg·cm now", "5 kg·cm"),
    ("It takes 7 ps now", "7 ps"),
    ("It needs 9 psi now", "9 psi"),
    ("It makes 3 kN now", "3 kN"),
    ("Launch ros2-control now", "ros2-control"),
    ("About 5% of it", "5%"),
    ("At -4 °C it stops", "-4 °C"),
    ("It costs $5 now", "$5"),
    ("Version v1.2.3 came", "v1.2.3"),
    ("In Python 3.11 it works", "3.11"),
    ("The year 2024 was", "2024"),
    ("a &nbsp; b", "&nbsp;"),
]

PROSE = [
    "It's a plain (really) English sentence; isn't it? Yes - e.g. the 2nd one, and/or the class(es) above.",
    "Prices of $ and US$ or a [task] and a * star, 5 of them, _stressed_ and **strong** and __bold__ words.",
    "If a < b and c > d, then 3 > 2.",
    "When x <b we go on, and then, as said, it is > than before.",
    "import duties rose, from one day to the next, and that was all.",
    "export default settings to a file, or export class lists and const values.",
    "A well-known, real-time, state-of-the-art thing, step-by-step and end-to-end: install easy-to-use parts.",
    "The robot --a small one-- moves, and the suffix -ing and x - y stay.",
    "Run vision-language-action models, run model-predictive-control code, launch four-legged-robot demos.",
    "It is 5 meters long, 3 kilograms, 2 inches, 4 feet; 3 in all, 5 in a row, 2 am I, 4 of 5 to go, 7 is it.",
    "Figure 4 A node graph",
    "Table 3 A comparison of sensors",
    "In step 3 A robot must stop.",
    "Grade 9 A students",
    "In step 2 a node starts; a 2nd-order 3-axis system of two-thirds.",
    "!!!\n\n    what a note says\n\n    further on",
    "An escaped \\` tick and \\$ sign, the U.S. and a Ph.D. at 9 a.m. in the APIs of a well-known team.",
    "یہ ایک سادہ جملہ ہے۔",
    "这是一个简单的句子。",
]


@pytest.mark.parametrize(("text", "piece"), KEPT)
def test_protected_content_is_one_piece(text: str, piece: str) -> None:
    masked = mask(text)

    assert piece in masked.pieces
    assert restore(masked, masked.text) == text


@pytest.mark.parametrize("text", PROSE)
def test_prose_has_no_piece(text: str) -> None:
    masked = mask(text)

    assert (masked.text, masked.pieces) == (text, ())


def test_text_indented_by_a_list_or_an_element_is_not_code() -> None:
    of_list = mask("- an item\n\n    with more to say\n\n  and\n\n    more than that")
    of_element = mask("<Box>\n\n    what it says\n\n        and more\n\n</Box>")

    assert of_list.pieces == ()
    assert of_element.pieces == ("<Box>", "</Box>")


def test_text_between_tags_and_brackets_stays_translatable() -> None:
    masked = mask("A <b>bold</b> [link](u) and ![picture](p.png)")

    assert masked.text == "A <x0/>bold<x1/> <x2/>link<x3/> and <x4/>picture<x5/>"


def test_adjacent_pieces_share_a_placeholder() -> None:
    assert mask("See [`run`](api.md#run) first").text == "See <x0/> first"


def test_terms_match_as_whole_words_in_their_spelling() -> None:
    masked = mask("A Node is no nodes; ROS 2 runs, ros 2 walks, C++ too", ("node", "ROS 2", "C++", "ROS"))

    assert masked.pieces == ("Node", "ROS 2", "C++")


def test_anchor_and_heading_marks_are_not_sent_to_the_model() -> None:
    masked = mask("\n## A heading \u200b\n")

    assert (masked.prefix, masked.text, masked.suffix) == ("\n## ", "A heading", " \u200b\n")
    assert restore(masked, " Eine Überschrift\n") == "\n## Eine Überschrift \u200b\n"


@pytest.mark.parametrize(
    "text",
    [
        "pip install glossator",
        "$ pip install --upgrade 'glossator[embedded]'",
        "sudo apt install ros-humble-desktop",
        "ros2 run pkg node --ros-args -p x:=1",
        "ros2 topic echo /chatter",
        "ros2 launch my_robot sim.launch.py use_sim_time:=true",
        "colcon build --symlink-install",
        "git clone https://a.example/b.git && cd ~/ws",
        'git commit -m "Mend what the reader sees"',
        "python3 -m venv .venv",
        "source install/setup.bash",
        "mkdir -p src \\\n  && touch src/a.py",
        "npm install\nnpm run build",
        "docker compose up -d",
        "git push -u origin main",
        "echo $HOME",
        "1. cd ..",
    ],
)
def test_a_command_is_not_sent_to_the_model(text: str) -> None:
    masked = mask(text)

    assert masked.trivial
    assert restore(masked, masked.text) == text


@pytest.mark.parametrize(
    "text",
    [
        "make sense of it",
        "go home",
        "git commit messages",
        "git push fails",
        "docker build explained",
        "docker run is what you need",
        "pip install copies files with --user",
        "pip supports --user",
        "cat and/or dog",
        "source code/data",
        "python 3.11",
        "python for beginners.",
        "Install glossator",
        "curl",
        "node graphs and topics",
        "export data to a file",
        "sudo",
    ],
)
def test_a_sentence_that_begins_like_a_command_is_a_sentence(text: str) -> None:
    assert not mask(text).trivial


@pytest.mark.parametrize(
    "text", ["", " \n\u200b", "---", "`code`", "$x$", "1. ", "https://a.example", "x", "...", "{a}"]
)
def test_nothing_to_rewrite_is_trivial(text: str) -> None:
    assert mask(text).trivial


@pytest.mark.parametrize("text", ["Go", "水", "یہ", "`a` or `b`"])
def test_a_word_is_not_trivial(text: str) -> None:
    assert not mask(text).trivial


@pytest.mark.parametrize(
    "text",
    ["- \u200ban item", "<x0/>", "a <x0/> b <x7/>", "a <x1 b", "a <X 2 /> b", "a \u27e8x3\u27e9 b", "&lt;x0/&gt;"],
)
def test_a_source_that_contains_placeholders_is_restored(text: str) -> None:
    masked = mask(text + " and `code`")

    assert restore(masked, masked.text) == text + " and `code`"


def test_placeholders_may_be_reordered() -> None:
    masked = mask("First `a`, then `b` and `c`.")

    assert restore(masked, "<x2/> nach <x1/> nach <x0/>") == "`c` nach `b` nach `a`"


@pytest.mark.parametrize(
    "rewritten",
    [
        "only <x0/>",
        "<x0/> <x1/> <x1/>",
        "<x0/> <x1/> <x2/>",
        "<x0/> <x1 />",
        "<x0/> <x1>",
        "<x0/> <X1/>",
        "<x0/> <x01/>",
        "<x0/> <x\u06f1/>",
        "<x0/> &lt;x1/&gt;",
        "<x0/> <x1/> </x1>",
        "<x0/> <x1/> <x1",
        "<x0/> \uff1cx1/\uff1e",
        "<x0/> x1",
        "",
    ],
)
def test_a_lost_repeated_changed_or_invented_placeholder_is_rejected(rewritten: str) -> None:
    masked = mask("Use `a` and `b` here")

    with pytest.raises(LostPiece):
        restore(masked, rewritten)


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("See [the guide](a.md).", "<x1/>the guide<x0/>."),
        ("A <b>bold</b> word", "A <x1/>bold<x0/> word"),
        ("[One](a.md) and [two](b.md)", "<x0/>one<x3/> and <x2/>two<x1/>"),
    ],
)
def test_matching_brackets_and_tags_must_stay_in_order(text: str, rewritten: str) -> None:
    masked = mask(text)

    with pytest.raises(LostPiece):
        restore(masked, rewritten)


def test_whole_links_may_be_reordered() -> None:
    masked = mask("[One](a.md) and [two](b.md)")

    assert restore(masked, "<x2/>two<x3/> and <x0/>One<x1/>") == "[two](b.md) and [One](a.md)"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("使用robot_state_publisher节点，等待10 ms后继续", ("robot_state_publisher", "10 ms")),
        ("编辑src/main.py文件并保存", ("src/main.py",)),
        ("今すぐsrc/main.pyを編集してください", ("src/main.py",)),
        ("发布到/cmd_vel话题", ("/cmd_vel",)),
        ("پہلے robot_state_publisherکو چلائیں", ("robot_state_publisher",)),
        ("在ROS 2节点中", ("ROS 2",)),
    ],
)
def test_identifiers_are_found_in_scripts_without_spaces(text: str, pieces: tuple[str, ...]) -> None:
    masked = mask(text, ("ROS 2",))

    assert masked.pieces == pieces
    assert not masked.trivial
