"""The levers of the search and their weights: what counts towards the place of a passage, and how much."""

from __future__ import annotations

from dataclasses import dataclass

from rag.text import question_words, tokens


@dataclass(frozen=True, slots=True)
class Ranking:
    """How scores become one. The defaults are what the product uses; ``python -m eval ablate`` shows what each is worth.

    Chosen on the development questions of a municipal FAQ set (110 questions) with a set of questions written from their
    text (800) as the guard. Trusting words in proportion to how much of the question one passage contains is what keeps
    both: a fixed weight loses on one of them.
    """

    words: tuple[float, float] = (0.05, 0.60)
    """Weight of words in the fused score …; .15: -.006"""
    coverage: tuple[float, float] = (0.30, 0.90)
    """… between these coverages of the question."""
    asking: tuple[float, float] = (1.0, 0.5)
    """Meaning = the first × the cosine of the head + the second × the best cosine among the bodies, of a chunk whose head is a
    question itself (that of a FAQ): how it is asked is what resembles a question most …"""
    telling: tuple[float, float] = (0.3, 1.0)
    """… and of any other chunk, whose head is a title, and which says the thing in its text."""
    telling_lead: float = 0.2
    """What is added for these: a statement resembles a question less than another question does, whatever they are about.
    Weights as for questions, and no lead: the right passage is among the ten best for 84 instead of 91 of 100 questions."""
    said: float = 0.5
    """Of the share of the question that a passage says in whatever words; .4: -.007, .7: -.008."""
    near_words: int = 30
    """Words of like meaning that are looked for; 20 to 40 make no difference."""
    dictionary: bool = True
    """Whether the dictionary's synonyms count as said."""
    reworded_words: float = 0.3
    """BM25 of the question in the dictionary's words, beside that of its own; .5: the same."""
    reworded_meaning: float = 0.5
    """Its vector, beside that of the question; .3: -.003, 1: -.004."""
    spelling: bool = True
    """Whether words in kana or with a wrong kanji are looked up in their usual spelling."""
    boilerplate: bool = False
    """Whether words count that are in every question, such as 「いつ」 and 「教えてください」."""

    def words_of(self, question: str) -> list[str]:
        """The words of a question that count."""
        return tokens(question) if self.boilerplate else question_words(question)

    def trust(self, coverage: float) -> float:
        """The weight of words over meaning, by the share of the question that one passage contains."""
        (least, most), (low, high) = self.words, self.coverage
        return least + (most - least) * min(max((coverage - low) / (high - low), 0.0), 1.0)


RANKING = Ranking()
