"""Writes small PDF files: pages of lines in Helvetica, as a printer would place them."""

from collections.abc import Iterable, Sequence
from io import BytesIO

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject


def pdf_bytes(
    pages: Iterable[Sequence[str]],
    *,
    title: str = "",
    outline: Iterable[tuple[str, int]] = (),
    password: str | None = None,
) -> bytes:
    """`outline` has titles with the numbers of their pages, counted from 0."""
    writer = PdfWriter()
    for lines in pages:
        add_page(writer, lines)
    for name, number in outline:
        writer.add_outline_item(title=name, page_number=number)
    if title:
        writer.add_metadata({"/Title": title})
    if password is not None:
        writer.encrypt(password, algorithm="AES-256")
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def add_page(writer: PdfWriter, lines: Sequence[str]) -> None:
    page = writer.add_blank_page(width=595, height=842)
    font = DictionaryObject({
        NameObject("/Type"): NameObject("/Font"),
        NameObject("/Subtype"): NameObject("/Type1"),
        NameObject("/BaseFont"): NameObject("/Helvetica"),
        NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
    })  # fmt: skip
    page[NameObject("/Resources")] = DictionaryObject({
        NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    })  # fmt: skip
    stream = DecodedStreamObject()
    shown = "".join(f"({escape(line)}) Tj T*\n" for line in lines)
    stream.set_data(f"BT /F1 11 Tf 14 TL 50 790 Td\n{shown}ET".encode("cp1252"))
    page[NameObject("/Contents")] = writer._add_object(stream)


def escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
