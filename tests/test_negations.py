"""Quotes whose beginning was cut behind a negation: "has no plans to | send boats"."""

from __future__ import annotations

import pytest

from summarizer.claims import turned
from summarizer.evidence import Folded, Span


def cut(marked: str) -> bool:
    """Whether a quote from the mark to the end of the text is turned around by the words before it."""
    start = marked.index("|")
    text = marked.replace("|", "")
    return turned(Folded(text), Span(start, len(text)))


@pytest.mark.parametrize("marked", [
    "The ministry has no plans to |send boats.", "Kang did not agree |to send boats.", "The sides have not yet agreed on |a new deal.",
    "Kang did not accept |the offer of boats.", "She has no intention of |leaving the talks.", "He made no promise to |send boats.",
    "It was not immediately clear whether |they signed a deal.", "Kang is unwilling to |send boats.", "Kang has yet to |send boats.",
    "Kang denied that he had |promised boats.", "Kang rejected calls to |send boats.", "Kang stopped short of |promising boats.",
    "Le ministre n'a pas accepté |de céder la ville.", "Le ministre n'a pas accepté de |céder la ville.", "El ministro no aceptó |la oferta.",
    "El gobierno no tiene planes de |enviar barcos.", "Il ministro non intende |cedere la città.", "O ministro não aceitou |a oferta.",
    "Der Minister lehnte es ab, |Boote zu senden.", "Sie weigerte sich, |Boote zu senden.", "Er ist nicht bereit, |Boote zu senden.",
    "Kang was not\nready to |send boats.", "Kang promised not to |send boats.", "Sie versprachen, nicht zu |streiken.", "The city would pay rather than |raise wages.", "None of |the ministers promised boats.",
    "Nobody in the room |promised boats.", "Nothing |was agreed.", "Kang denied |he would send boats.", "The mayor refuses to |send boats.",
    "Kang declines to |send boats.", "Kang denied reports that |they signed a deal.", "Kang dismisses claims that |they signed a deal.",
    "Kang scrapped a plan to |send boats.", "Kang withdrew its offer to |send boats.", "Kang reneged on its promise to |send boats.",
    "Kang ruled out |sending boats.", "Neither Kang nor Li |promised boats.", "Kang doubted that |they signed a deal.",
    "El ministro descartó |enviar barcos.", "El ministro tampoco |envió barcos.", "Der Minister bestreitet, dass |sie Boote senden.",
    "Niemand |hat Boote versprochen.", "Le ministre n'a nullement |promis de bateaux.", "Le ministre a exclu d'|envoyer des bateaux.",
    "Министр не собирается |передавать катера.", "Уряд не планує |передавати катери.", "双方没有同意|签署谅解备忘录。", "对方拒绝接受|这一方案。",
])  # fmt: skip
def test_a_quote_that_its_clause_denies(marked: str) -> None:
    assert cut(marked)


@pytest.mark.parametrize("marked", [
    "Although talks did not conclude, |they agreed to meet.", "The talks did not conclude, but |the sides agreed to meet.",
    "Kang, who was not present, |offered boats.", "If no deal is reached, |they will meet.", "Kang did not attend and |the sides met.",
    "Those who did not sign |were asked to do so.", "They agreed by no later than May |to send boats.", "No fewer than 30 countries |agreed to it.",
    "He did not hesitate to |send boats.", "Kang had no choice but to |send boats.", "It was no coincidence that |they signed a deal.",
    "It was not until May that |they signed a deal.", "There is no doubt that |they signed a deal.", "Kang did not only agree to |send boats.",
    "Il n'a pas tardé à |envoyer des bateaux.", "Il n'a pas manqué de |remercier la ville.", "Er kam nicht nach Bonn, |bot aber Boote an.",
    "Neither leader took questions, but |both agreed to meet.", "While neither side would comment, |the bank offered to pay.",
    "Neither side disclosed terms, though |the firm would pay.", "No increase\n|They agreed to meet.", "The city never fails to |pay.",
    "No one was hurt and the minister |promised boats.", "El ministro no descartó |enviar barcos.",
    "Не менее 30 стран |согласились передать катера.", "双方不断加强|合作。", "Nothing was signed; |the sides agreed to meet.",
])  # fmt: skip
def test_a_negation_of_another_clause_or_of_a_doubt(marked: str) -> None:
    assert not cut(marked)
