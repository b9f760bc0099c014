"""Names in texts of many languages: one country's name never supports another's; a person's name as it may be written."""

from __future__ import annotations

import re

import pytest

from summarizer import countries
from summarizer.names import Names

ES = "El ministro de la ciudad se reunió con el embajador en la sede de la "
FR = "Le ministre de la ville est à Paris pour la visite des ministres et du chef "
RU = "Министр встретился в городе с делегацией "
DE = "Der Minister sprach mit dem Gast und der Delegation von "


@pytest.mark.parametrize(
    ("text", "label", "stands"),
    [
        (ES + "cancillería austriaca", "Australia", False),
        (ES + "cancillería austriaca", "Austria", True),
        (ES + "delegación australiana", "Australia", True),
        ("The minister of Niger met", "Nigeria", False),
        ("The minister of Nigeria met", "Niger", False),
        ("Nigerians met the minister", "Niger", False),
        ("Nigerians met", "Nigeria", True),
        ("The leaders of South Sudan met", "Sudan", False),
        ("Sudan met", "South Sudan", False),
        ("South Sudanese leaders", "Sudan", False),
        ("South Sudanese leaders", "South Sudan", True),
        ("South Sudan and Sudan met", "Sudan", True),
        (FR + "nigérien", "Nigeria", False),
        (FR + "nigérien", "Niger", True),
        (FR + "du Niger", "Nigeria", False),
        (FR + "du Nigeria", "Niger", False),
        (FR + "nigérian", "Nigeria", True),
        (FR + "du Soudan du Sud", "Sudan", False),
        (FR + "du Soudan du Sud", "South Sudan", True),
        (FR + "du Soudan du Sud et du Soudan", "Sudan", True),
        (FR + "du Soudan", "South Sudan", False),
        (ES + "embajada de EE.UU.", "United States", True),
        (ES + "embajada estadounidense", "United States", True),
        (ES + "embajada de los Estados Unidos", "United States", True),
        (ES + "EE. UU.", "USA", True),
        ("法方表示欢迎", "France", True),
        ("立法方面的合作", "France", False),
        ("قال الوزير السعودي في الرياض", "Saudi Arabia", True),
        ("وقال الوزير في السعودية", "Saudi Arabia", True),
        ("the Czech foreign minister", "Czechia", True),
        ("the Czech foreign minister", "Czech Republic", True),
        ("Czechia met", "Czech Republic", True),
        ("Iranians met", "Iran", True),
        ("Germans", "Germany", True),
        ("The ministers of Papua New Guinea have the text", "Guinea", False),
        ("The ministers of Papua New Guinea have the text", "Papua New Guinea", True),
        ("The Latin American states met", "United States", False),
        ("American and Latin American", "United States", True),
        (FR + "je suis", "Switzerland", False),
        (FR + "suisse", "Switzerland", True),
        (ES + "Suiza", "Switzerland", True),
        ("Democratic People's Republic of Korea", "South Korea", False),
        ("Democratic People's Republic of Korea", "North Korea", True),
        ("Republic of Korea", "South Korea", True),
        ("The ministers of Equatorial Guinea have the text", "Guinea", False),
        ("Guinea-Bissau met", "Guinea", False),
        ("Guinea met", "Guinea", True),
        ("COLOMBIA AND PERU MEET", "Colombia", True),
        ("Northern Ireland", "Ireland", False),
        ("the Iranian-Saudi deal", "Iran", True),
        ("New Mexico", "Mexico", False),
        ("South China Sea", "China", False),
        ("China and the South China Sea", "China", True),
        (RU + "Нигерии", "Niger", False),
        (RU + "Нигерии", "Nigeria", True),
        (RU + "нигерийской", "Niger", False),
        (RU + "Нигера", "Niger", True),
        (RU + "Нигера", "Nigeria", False),
        (RU + "Южного Судана", "Sudan", False),
        (RU + "Южного Судана", "South Sudan", True),
        (RU + "Судана", "Sudan", True),
        (RU + "австрийской", "Australia", False),
        (RU + "австрийской", "Austria", True),
        (RU + "австралийской", "Austria", False),
        (RU + "иранской", "Iran", True),
        (RU + "Республики Корея", "South Korea", True),
        (RU + "американской", "United States", True),
        (RU + "Индонезии", "India", False),
        (RU + "индийской", "India", True),
        (DE + "Österreich", "Austria", True),
        (DE + "iranischen Gästen", "Iran", True),
        (DE + "amerikanischen Gästen", "United States", True),
        (FR + "de la Corée du Sud", "South Korea", True),
        (FR + "de la Corée du Sud", "North Korea", False),
        (FR + "de la Guinée équatoriale", "Guinea", False),
        (FR + "de la Guinée", "Guinea", True),
        (FR + "britannique", "United Kingdom", True),
        (FR + "américain", "United States", True),
        (ES + "peruano", "Peru", True),
        (ES + "egipcio", "Egypt", True),
        (FR + "marocain", "Morocco", True),
        (FR + "canadien", "Canada", True),
        (ES + "canal", "Canada", False),
        (ES + "espacio", "Spain", False),
        (ES + "española", "Spain", True),
        (FR + "grecque", "Greece", True),
        (FR + "brésilien", "Brazil", True),
        (FR + "indien", "India", True),
        (FR + "indonésien", "India", False),
        (FR + "indonésien", "Indonesia", True),
        (ES + "indicó", "India", False),
        (ES + "paraguayo", "Paraguay", True),
        (ES + "República Dominicana", "Dominican Republic", True),
        ("السودان", "Sudan", True),
        ("جنوب السودان", "Sudan", False),
        ("إيراني", "Iran", True),
        ("日本の首相が訪問した", "Japan", True),
        ("俄方", "Russia", True),
        ("미국 대통령이 방문했다", "United States", True),
        ("Prezydent i minister w Warszawie na spotkaniu z Nigerii", "Nigeria", True),
        ("Premier w Nigrze i na spotkaniu", "Nigeria", False),
        ("Türkiye'nin bakanı ve bir heyet", "Turkey", True),
    ],
)
def test_countries_stand_for_themselves_alone(text: str, label: str, stands: bool) -> None:
    """By names, adjectives and short forms; longer names, names that begin alike and ordinary words are not theirs."""
    assert Names(text).stands(label) is stands


@pytest.mark.parametrize(
    ("text", "label", "stands"),
    [
        ("J.D. Vance met the minister", "JD Vance", True),
        ("JD Vance met the minister", "J.D. Vance", True),
        ("J.D. Vance met the minister", "JB Vance", False),
        ("The visit of J. D. Vance", "J. Vance", True),
        ("Der Minister Müller sprach", "Mueller", True),
        ("The minister Mueller spoke", "Hans Müller", False),
        ("The minister Hans Mueller spoke", "Hans Müller", True),
        ("The minister Hans Muller spoke", "Hans Müller", True),
        ("The minister Hans Mueller spoke", "Hans Muller", False),
        ("Kanzler Schröder und Özdemir sprachen", "Gerhard Schroeder", False),
        ("Kanzler Schröder und Özdemir sprachen", "Schroeder", True),
        ("Kanzler Schröder und Özdemir sprachen", "Oezdemir", True),
        ("Goethe and Strauß", "Göthe", True),
        ("Goethe and Strauß", "Strauss", True),
        ("Зустріч з Володимиром Зеленським та Андрієм Єрмаком", "Андрій Єрмак", True),
        ("Розмова з Олексієм Резніковим та Юлією Свириденко", "Олексій Резніков", True),
        ("Розмова з Олексієм Резніковим та Юлією Свириденко", "Юлія Свириденко", True),
        ("Розмова з Олексієм Резніковим та Юлією Свириденко", "Юлія Резнікова", False),
        ("Лист Іванові Бойку", "Іван Бойко", True),
    ],
)
def test_one_person_in_several_spellings(text: str, label: str, stands: bool) -> None:
    """Initials with and without stops, two letters for one with dots, and the cases of Ukrainian."""
    assert Names(text).stands(label) is stands


def test_every_country_is_known_by_each_of_its_names() -> None:
    """What is looked up letter by letter is what the pattern finds in a text, and the other way round."""
    written = countries._written_out()
    assert all(countries.pattern().fullmatch(name) for name in written)
    assert all(any(re.fullmatch(alias, name) for name in written) for alias in countries._aliases())
    assert countries.known("U.S.") == countries.known("American") == "United States"
    assert (
        countries.known("People's Republic of China")
        == countries.named("The People’s Republic of China said")
        == "China"
    )
    assert countries.known("U.S") is countries.known("Democratic") is None
