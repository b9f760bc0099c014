"""Text in: files of every kind, and one clear line for those that are no article."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from summarizer import ArticleError
from summarizer.article import read
from summarizer.records import Article


def test_text_is_kept_as_python_reads_it(tmp_path: Path) -> None:
    """A byte order mark goes, line ends become line feeds, nothing else changes: offsets index what `open` gives."""
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffOne  line\r\nand “two”\r\n".encode())
    article = read(str(path), published=date(2026, 3, 19))
    assert article.text == path.read_text(encoding="utf-8-sig") == "One  line\nand “two”\n"
    assert article.published == date(2026, 3, 19) and article.source == str(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_marked_encodings(tmp_path: Path, encoding: str) -> None:
    """UTF-8, and what says by its byte order mark what it is."""
    (tmp_path / "a.txt").write_bytes("Ωmega met Ålesund".encode(encoding))
    assert read(str(tmp_path / "a.txt")).text == "Ωmega met Ålesund"


def test_named_encoding(tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused with the option that helps, and read with it."""
    (tmp_path / "a.txt").write_bytes("déjà vu".encode("latin-1"))
    with pytest.raises(ArticleError, match=r"is not utf-8 \(byte 1\); name the right one, such as --encoding"):
        read(str(tmp_path / "a.txt"))
    assert read(str(tmp_path / "a.txt"), encoding="latin-1").text == "déjà vu"
    with pytest.raises(ArticleError, match="the encoding 'latin-99' is not known"):
        read(str(tmp_path / "a.txt"), encoding="latin-99")


PAGE = """<!doctype html><html lang="fr"><head><meta charset="iso-8859-1"><title>Le port rouvert</title>
<meta property="article:published_time" content="2026-03-19T08:00:00+01:00"></head><body>
<nav><a href="/">Accueil</a> <a href="/sport">Sport</a></nav><article><h1>Le port rouvert</h1>
<p>La ministre a reçu lundi le président du conseil régional pour une séance de travail sur l'avenir du port.</p>
<p>Les deux parties sont convenues de créer un comité de suivi qui se réunira tous les trois mois à la préfecture.</p>
</article><footer>Tous droits réservés</footer></body></html>"""


@pytest.mark.parametrize("name", ["page.html", "page.txt"])
def test_html_by_name_and_by_content(tmp_path: Path, name: str) -> None:
    """The main text, the title, the day of publication and the language of a page; its declared charset counts."""
    (tmp_path / name).write_bytes(PAGE.encode("iso-8859-1"))
    article = read(str(tmp_path / name))
    assert "a reçu lundi" in article.text and "Accueil" not in article.text
    assert (article.title, article.language, article.published) == ("Le port rouvert", "fr", date(2026, 3, 19))
    assert read(str(tmp_path / name), published=date(2026, 3, 20)).published == date(2026, 3, 20)


def test_a_page_without_a_date_gets_none(tmp_path: Path) -> None:
    """A day that stands in the text, or today, is not taken for the day of publication."""
    page = PAGE.replace('<meta property="article:published_time" content="2026-03-19T08:00:00+01:00">', "")
    (tmp_path / "a.html").write_bytes(page.encode("iso-8859-1"))
    assert read(str(tmp_path / "a.html")).published is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the article is empty"),
        (b" \n\t ", "the article is empty"),
        (b"\x0c\xe2\x80\x8b", "the article is empty"),
        (b"%PDF-1.7 ...", "is a PDF, not text"),
        (b"abc\x00def", "is binary, not text"),
        (b"PK\x03\x04....", "a zip archive"),
        (b"x" * 10_000_001, "is larger than 10 MB"),
        (b"<html><body></body></html>", "no article text was found in the page"),
    ],
)
def test_what_is_no_article(tmp_path: Path, content: bytes, message: str) -> None:
    """Each with its file and its reason."""
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(ArticleError, match=message) as caught:
        read(str(tmp_path / "a.txt"))
    assert str(tmp_path / "a.txt") in str(caught.value)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    """What cannot be opened."""
    with pytest.raises(ArticleError, match="No such file"):
        read(str(tmp_path / "no.txt"))
    with pytest.raises(ArticleError, match="is a folder"):
        read(str(tmp_path))
    with pytest.raises(ArticleError, match="is no file name"):
        read("a\0b")


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash reads bytes, not the locale's idea of them."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("Ωmega".encode()), encoding="ascii"))
    assert read("-").text == "Ωmega"


def test_article_identity() -> None:
    """The id is of the text alone; two sources of one text are one article."""
    one, two = Article("text", source="a"), Article("text", source="b", title="t")
    assert one.id == two.id != Article("text ").id
    assert Article("lone \ud800").id.startswith("sha256:")
    assert "secret" not in repr(Article("secret text"))
