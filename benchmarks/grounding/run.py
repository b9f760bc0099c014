"""Which false quotes pass? The same claims through this project, instructor's CitationMixin and langextract's aligner.

    make bench-grounding        installs langextract into .venv-bench and prints the table

Each contender runs in a process of its own, gets the article and the quotes as JSON, and answers for each quote whether a
user would take it as grounded and what is then shown as its evidence. Nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ARTICLE = (
    "The ambassador said that Veldania was prepared to offer 50 million dollars in additional support. "
    "They signed an MoU on fishing. The minister was not ready to promise more than that."
)
QUOTES = [
    ("true", "Veldania was prepared to offer 50 million dollars", True),
    ("true", "They signed an MoU", True),
    ("true, other typography", "Veldania was\u00a0prepared to  offer 50 million dollars", True),
    ("changed number", "Veldania was prepared to offer 10 million dollars", False),
    ("added not", "Veldania was not prepared to offer 50 million dollars", False),
    ("opposite verb", "They refused an MoU", False),
    ("invented pledge", "Veldania pledged a naval base", False),
    ("look-alike letter", "They signed \u0430n MoU", False),
    ("cut off a not", "ready to promise more than that", False),
]


def main() -> None:
    """Run the contenders and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--langextract", help="a Python interpreter that has langextract", default=None)
    options = parser.parse_args()
    contenders = {"summarizer": (sys.executable, "ours.py"), "instructor": (sys.executable, "instructor_citation.py")}
    if options.langextract:
        contenders["langextract"] = (options.langextract, "langextract_align.py")
    results = {name: answers(python, HERE / script) for name, (python, script) in contenders.items()}
    print(table(results))


def answers(python: str, script: Path) -> dict[str, object]:
    """What one contender makes of the quotes: {"version": …, "shown": [text or None, …]}."""
    task = json.dumps({"article": ARTICLE, "quotes": [quote for _, quote, _ in QUOTES]})
    ran = subprocess.run([python, str(script)], input=task, capture_output=True, text=True, check=True, timeout=300)
    result: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return result


def table(results: dict[str, dict[str, object]]) -> str:
    """The comparison as Markdown; a wrong outcome is bold."""
    heads = [f"{name} {result['version']}" for name, result in results.items()]
    lines = [f"| claim | quote | {' | '.join(heads)} |", "|---|---|" + "---|" * len(heads)]
    wrong = dict.fromkeys(results, 0)
    for row, (kind, quote, true) in enumerate(QUOTES):
        cells = []
        for name, result in results.items():
            shown = result["shown"][row]  # type: ignore[index]
            right = (shown is not None) == true
            wrong[name] += not right
            text = "refused" if shown is None else "accepted" if shown == quote else f"accepted as “{shown}”"
            cells.append(text if right else f"**{text}**")
        lines.append(f"| {kind} | {quote} | {' | '.join(cells)} |")
    lines.append(f"| | wrong of {len(QUOTES)} | {' | '.join(str(count) for count in wrong.values())} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
