from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from rag.domain import Answer, Chunk, Citation, Confidence, DocumentInfo, Sentence
from ui.parts.citation import facts
from ui.parts.page_image import lines, locate
from ui.parts.plain import framed
from ui.parts.reply import with_sources


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


@given(st.text(alphabet=st.sampled_from("<>&\"'/=img scriptあ![]()`"), max_size=80))
def test_no_text_becomes_a_tag(text: str):
    seen = Seen()
    seen.feed(framed(text, "small"))
    assert seen.tags == ["p"] and seen.text == text


def test_marks_frame_exactly_what_is_quoted():
    assert (
        framed("手数料は400円です", marks=[(4, 8)])
        == '<p class="hk-text">手数料は<mark class="hk-mark">400円</mark>です</p>'
    )


def test_a_quotation_is_found_over_line_breaks_widths_and_radicals():
    page = list("　住⺠票の写しの\r\n手数料は４００円。別の行")
    ((start, end),) = locate(page, "住民票の写しの手数料は400円。")
    assert "".join(page[start:end]) == "住⺠票の写しの\r\n手数料は４００円。"


def test_a_row_is_found_cell_by_cell():
    page = list("種別 手数料\n住民票\n400円\n印鑑 400円")
    assert ["".join(page[a:b]) for a, b in locate(page, "住民票\t400円")] == ["住民票", "400円"]


def test_what_is_not_on_the_page_is_not_marked():
    assert locate(list("別の頁"), "住民票の写し") == []


def test_characters_of_a_line_become_one_box():
    assert lines([(0, 0, 10, 10), (10, 1, 20, 9), (0, -20, 10, -10)]) == [(0, 0, 20, 10), (0, -20, 10, -10)]


def test_an_ordinance_is_cited_by_paragraph_wherever_its_source_is_named():
    document = DocumentInfo("1", "旅費規程", "総務課/旅費規程.pdf", "0", "総務課")
    text = "第12条　実費とする。\n2　タクシー代は、領収書を添える。"
    chunk, quote = Chunk("c", document, text, 3, ("第12条（交通費）",)), "タクシー代は、領収書を添える。"
    span = (text.index(quote), len(text))
    answer = Answer((Sentence(quote, (1,)),), (Citation(chunk, quote, span),), Confidence("stated", 0.9))
    assert "［1］旅費規程　第12条第2項（交通費）　3頁（総務課）" in with_sources(answer)
    assert facts(chunk, span).startswith("総務課／第12条第2項（交通費）　3頁")
