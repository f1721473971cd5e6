"""A book whose sentences are hard to link to: in lists, tables and admonitions, repeated, in many scripts."""

# ruff: noqa: E501, RUF001 - lines of a book, in scripts that look alike

from typing import Final

MARKUP: Final = """# Markup

The first sentence of this page has no markup at all. The option `max_age` and the **bold word** are in the second one.
A [link to a page](repeated.md) and *emphasis with `code` inside* follow here. **Bold begins** a sentence that is plain.

A sentence with a [link whose text, like its neighbours, has a comma](repeated.md), an ampersand & a dash - all encoded.
It asks 100% "straight quotes" and 'single ones', doesn't it? Typographic \u201cquotes\u201d and an apostrophe\u2019s case come next.

Escaped \\*stars\\* and \\_underscores\\_ are text, as are 2 \\* 3 = 6 and a\\_b. A hash #tag, a path /a/b?c=d&e=f and x < y > z.
Entities such as &copy; and &lt;tag&gt; are shown as signs. A no-break space in 10&nbsp;km is not a space. \
Soft&shy;hyphens in inter&shy;nation&shy;al words are invisible.

One line that
breaks in the source is
one sentence on the page. A line with a hard break\\
goes on below it. HTML <kbd>Ctrl</kbd> and <b>bold</b> tags vanish, and a<br>break is kept.

An image ![of a red planet](mars.png) is text in the reader. The formula $x^2 + y^2$ stands in the middle of this one.
A footnote[^1] hangs on a word here. Struck ~~out text~~ stays on the page. An address like <https://example.org/a-b> is a link.

This sentence is much longer than one hundred characters, so that only its first and its last words are named in the \
link, and `code_in_it` or **bold text** in the middle do not matter. Another long one begins here, and it goes on and \
on about nothing in particular, until it ends with words that have not been in it before.

[^1]: The note of the footnote explains the word.

Title with a link definition [here][there] and one more [there][].

[there]: repeated.md
"""
BLOCKS: Final = """# Blocks

Before the list comes a short line:

- Apples are red.
- Pears are green. They are also sweet, and this item has two sentences.
- `key`: a value that is named by code.
- **Term**: what the term means.
  - Nested items are deeper. So is this.
  - Nested too.
- [ ] A task that is open.

1. Install the package with `pip install it`.
2. Run the command.
3. Read the output of the command, and then do it all again.

After the list.

| Name | Default | Meaning |
|------|---------|---------|
| k1 | 1.2 | How soon repeated words stop counting. |
| b | 0.75 | How much the length of a passage counts. |
| `top_k` | 10 | The number of passages. |
| empty | | Nothing is in the middle. |
| same | 7 | 7 |
| other | 7 | 7 |

A sentence between the table and the quotation.

> A quotation is a block too. It has a second sentence with **bold** words.
>
> - A list in a quotation.

:::tip Remember this
The admonition of one generator has a title. Its second sentence follows.
:::

:::warning
Without a title the kind is shown.
:::

!!! note "Careful"
    The admonition of another generator is indented.

    - A list in an admonition.

Code follows:

```python
x = 1  # The number of passages.
```

The text after the code. Done.

## Second section

Done. The number of passages.

## A table without words before it

| Service | Embedded, on a laptop | Hosted |
|---|---|---|
| [Embeddings](words.md) | `minilm` and **two more**, in the program | OpenAI |
| `qdrant` | The [engine](words.md), in the program | A cloud |
"""
REPEATED: Final = """# Repeated

Defaults to False. The first sentence of its kind is about cookies.

The cookie is sent with each request. Defaults to False. It can be changed.

The header is sent with each request. Defaults to False. It can be changed.

- `secure` - Only over HTTPS. Defaults to False.
- `strict` - Only on the same site. Defaults to False.
- `hidden` - Not for scripts. Defaults to True.

## Another section

The following arguments are supported:

- `one` is first.

## A third section

The following arguments are supported:

- `two` is second.

Words that a title has: another section. Defaults to False.

A sentence that stands twice on the page, in two paragraphs, and that is longer than a hundred characters, so it is cut.

Something else in between.

A sentence that stands twice on the page, in two paragraphs, and that is longer than a hundred characters, so it is cut.

Not the end, but the end. Not the end.
"""
SCRIPTS: Final = """# Scripts

## Arabic

المريخ كوكب أحمر لأن تربته مليئة بالحديد الصدئ. القمر يرفع مياه البحر مرتين في اليوم، كما يعرف الصيادون.
هل تدور الأرض حول الشمس؟ نعم، وتستغرق دورتها الكاملة حول الشمس ثلاثمئة وخمسة وستين يوما وربع اليوم تقريبا، ولهذا نضيف يوما إلى شهر فبراير كل أربع سنوات.

- الخيار `max_age` يحدد العمر. **كلمة عريضة** في القائمة.

## Chinese

火星看起来是红色的,因为它的土壤富含氧化铁。月球的引力每天引起两次潮汐。使用 `pip` 安装这个软件包。地球绕太阳公转一周。
这个句子非常长，因为它需要超过一百个字符才能测试链接的开头和结尾，所以我们在这里继续写下去，说一些没有什么特别意义的话，\
直到这个句子的长度足够为止，然后再加上一些别的词语，例如苹果、香蕉和葡萄，最后用句号结束这个很长的句子。公式$x$表示位置。

| 名称 | 含义 |
|----|----|
| 水星 | 离太阳最近的行星。 |
| 金星 | 最热的行星。 |

## Japanese, Korean, Thai and Hindi

火星は赤く見えます。土に鉄がたくさん含まれているからです。`設定`を変更してください。

화성은 붉게 보인다. 토양에 녹슨 철이 많기 때문이다.

ดาวอังคารมีสีแดง เพราะดินมีสนิมเหล็ก

मंगल लाल दिखता है क्योंकि उसकी मिट्टी में लोहा है। चंद्रमा ज्वार उठाता है।

## Others

Der Mars ist rot, weil der Boden voller Rost ist. Straße, Übergröße und façade: naïve Wörter für alle. \
Çok güzel bir gün, İstanbul'da ılık bir akşam.

Emoji \U0001f600 in a sentence \U0001f469\u200d\U0001f4bb are characters too. A flag \U0001f1f9\U0001f1f7 ends this \
sentence \U0001f680. Cafe\u0301 has a combining mark.

Марс красный, потому что почва ржавая. Ο Άρης είναι κόκκινος. מאדים הוא כוכב אדום.
"""
HARD_BOOK: Final = {"markup.md": MARKUP, "blocks.md": BLOCKS, "repeated.md": REPEATED, "scripts.md": SCRIPTS}
LINKED_PARTS: Final = {
    "[ ] A task that is open.": "A task that is open.",
    "[^1]: The note of the footnote explains the word.": "The note of the footnote explains the word.",
    "An image is text in the reader.": "is text in the reader.",
    "Service - Embedded, on a laptop - Hosted": "Embedded, on a laptop",
}
"""Of these sentences a link names a part: renderings differ in the rest, and nothing comes before them."""
