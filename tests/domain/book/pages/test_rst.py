"""Pages of reStructuredText: what docutils and Sphinx would show, with the ids that they write."""

import pytest

from glossator.domain.book.pages.dialect.generators import DEFAULT_DIALECT
from glossator.domain.book.pages.rendering.render import render
from glossator.domain.book.pages.rst.reader import MAX_INSIDE, MAX_LINE, read_rst
from glossator.domain.book.passages import BrokenPage, Page
from glossator.domain.book.sources.folder import page_from_bytes
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter


@pytest.mark.parametrize(
    ("rst", "markdown"),
    [
        ("A\n=\n\nOne.\n\nB c\n---\n\nTwo.", "# A {#a}\n\nOne.\n\n## B c {#b-c}\n\nTwo."),
        (".. _lab:\n\nA\n=\n\nSee :ref:`there <lab>`, :doc:`x`.", "# A {#a}\n\nSee there, x."),
        ("A ``b*`` and :func:`~os.path.join` or :py:class:`!x`.", "A `b*` and `join` or `x`."),
        (":pep:`8` and :rfc:`the RFC <3986#section-4>`.", "[PEP 8](https://peps.python.org/pep-0008) and the RFC."),
        (":kbd:`Ctrl` in :unknown:`b <c>` *d* **e**", "`Ctrl` in `b` d e"),
        ("A |release| and |b|.\n\n.. |b| replace:: c", "A release and c."),
        ("Word [#n]_.\n\n.. [#n] The note.", "Word .\n\nThe note."),
        ("Code::\n\n   x = 1\n   y", "Code:\n\n```\nx = 1\ny\n```"),
        (".. code-block:: python\n   :linenos:\n   :caption: Cap\n\n   x", "Cap\n\n```python\nx\n```"),
        (".. note::\n   :name: n\n\n   Mind *it*.", "Note\n\nMind it."),
        (".. seealso:: Here.", "See also\n\nHere."),
        (".. versionadded:: 3.2\n   A thing.", "Added in version 3.2: A thing."),
        (".. deprecated:: 4", "Deprecated since version 4."),
        ("term\n   What it is.", ":::term{#}\n\nterm\n\nWhat it is.\n\n:::end"),
        ("== ==\nA  B\n== ==\n1  2\n== ==", "| A | B |\n| --- | --- |\n| 1 | 2 |"),
        (".. list-table:: Cap\n   :header-rows: 1\n   :x: y\n\n   * - A\n   * - 1", "Cap\n\n| A |\n| --- |\n| 1 |"),
        (".. figure:: a.png\n   :alt: A pump\n\n   The caption.\n\n.. image:: b.png", "A pump\n\nThe caption."),
        (".. tab-set::\n\n   .. tab-item:: Linux\n\n      Apt.", ":::label{#}\n\nLinux\n\nApt.\n\n:::end"),
        (".. tabs::\n\n   .. code-tab:: c In C\n\n      x", ":::label{#}\n\nIn C\n\n```c\nx\n```\n\n:::end"),
        (".. option:: --dry, -d\n\n   Nothing.", ":::term{#cmdoption-dry}\n\n`--dry, -d`\n\nNothing.\n\n:::end"),
        (":orphan:\n\nA", "A"),
        (".. unheard-of:: Argument\n   :option: x\n\n   Content.", "Argument\n\nContent."),
        (".. toctree::\n\n   a\n   b\n\n.. todo:: x\n\nEnd.", "End."),
        (".. only:: html\n\n   Shown.", "html\n\nShown."),
        (".. sidebar:: Beside\n\n   Text.", "Beside\n\nText."),
        (":math:`x_1`", "`x_1`"),
        (".. comment\n\nA\\ b", "Ab"),
        ("Broken `link <x>`_ and `no end and |none", "Broken [link](x) and \\`no end and |none"),
        ("", ""),
    ],
)  # fmt: skip
def test_rst_is_converted_to_markdown(rst: str, markdown: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert read_rst(rst)[0] == markdown
    assert capfd.readouterr() == ("", "")


def test_objects_have_the_ids_of_sphinx() -> None:
    rst = """
.. module:: pumps

.. class:: Pump(power)

   Lifts water.

   .. method:: start()

      Begins.

.. py:function:: valves.shut(now=False)
                 valves.close()

   Shuts.

.. js:function:: open(x)

   Opens.
"""
    assert [line for line in read_rst(rst)[0].split("\n") if line.startswith(":::term")] == [
        ":::term{#module-pumps}",
        ":::term{#pumps.Pump}",
        ":::term{#pumps.Pump.start}",
        ":::term{#pumps.valves.shut}",
        ":::term{#}",
    ]


@pytest.mark.parametrize(
    "directive",
    [
        ".. include:: /etc/passwd",
        ".. literalinclude:: /etc/passwd",
        ".. raw:: html\n   :file: /etc/passwd",
        ".. raw:: html\n\n   <script>alert(1)</script>",
        ".. csv-table::\n   :file: /etc/passwd",
        ".. csv-table::\n   :url: file:///etc/passwd",
        ".. role:: html(raw)\n   :format: html\n\n:html:`<script>alert(1)</script>`",
        ".. figure:: /etc/passwd\n   :figwidth: image",
        ".. code:: python\n   :file: /etc/passwd",
    ],
)
def test_hostile_page_reads_and_runs_nothing(directive: str, capfd: pytest.CaptureFixture[str]) -> None:
    page = page_from_bytes("a.rst", f"Before.\n\n{directive}\n\nAfter.".encode(), DEFAULT_DIALECT)
    assert isinstance(page, Page)

    assert "root:" not in page.source
    assert "<script" not in render(page).html
    assert (page.source.startswith("Before."), page.source.endswith("After.")) == (True, True)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("rst", "reason"),
    [
        ("".join(f"{'  ' * depth}- a\n\n" for depth in range(400)), "nested too deeply"),
        ("a" * (MAX_LINE + 1), f"has a line of more than {MAX_LINE} characters"),
    ],
)
def test_page_that_docutils_cannot_read_is_broken(rst: str, reason: str) -> None:
    assert page_from_bytes("a.rst", rst.encode(), DEFAULT_DIALECT) == BrokenPage("a.rst", reason)


def test_large_page_reads_like_a_small_one() -> None:
    paragraphs = "Water flows down.\n\n" * (MAX_INSIDE // 18)

    markdown = read_rst(f"A\n=\n\n{paragraphs}.. note:: Élan.")[0]

    assert markdown == f"# A {{#a}}\n\n{paragraphs}Note\n\nÉlan."


def test_passages_of_rst_lead_to_the_ids_of_the_page() -> None:
    page = page_from_bytes("guide/pumps.rst", b"Pumps\n=====\n\nLift.\n\nTo start\n--------\n\nPush.", DEFAULT_DIALECT)
    assert isinstance(page, Page)

    passages = Splitter(Limits(1000))(page)

    assert page.title == "Pumps"
    assert [(passage.url, passage.headings) for passage in passages] == [
        ("guide/pumps", ("Pumps",)),
        ("guide/pumps#to-start", ("Pumps", "To start")),
    ]


def test_headings_have_the_ids_of_sphinx() -> None:
    rst = """
Top
===

.. _deep-wells:

Deep wells
----------

.. _elsewhere:

Old wells
---------

Deep wells
----------

.. module:: pumps
   :no-index:

.. function:: start()
   :noindex:

   Begins.

.. function:: stop()

   Ends.
"""
    lines = read_rst(rst)[0].split("\n")
    assert [line for line in lines if line.startswith("##")] == [
        "## Deep wells {#deep-wells}",
        "## Old wells {#old-wells}",
        "## Deep wells {#old-wells}",
    ]
    assert [line for line in lines if line.startswith(":::term")] == [
        ":::term{#}",
        ":::term{#}",
        ":::term{#pumps.stop}",
    ]
