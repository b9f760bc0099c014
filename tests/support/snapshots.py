"""Write the snapshots of schemas, prompts and pages anew: `make snapshots`, then read the diff."""

from __future__ import annotations

import json

from summarizer import MeetingSummary, prompt, schema
from tests.conftest import ROOT
from tests.support import documents
from tests.test_prompt import FIXED, HERE


def main() -> None:
    folder = HERE / "snapshots"
    written = MeetingSummary.model_json_schema(mode="serialization")
    for kind, shown in (("sent", schema.sent(MeetingSummary)), ("written", written)):
        (folder / f"meeting.{kind}.json").write_text(json.dumps(shown, indent=1, ensure_ascii=False) + "\n")
    path = folder / "prompt-versions.json"
    versions = json.loads(path.read_text()) if path.exists() else {}
    for name in prompt.names():
        found = prompt.load(name)
        request = found.render(FIXED, MeetingSummary)
        (folder / f"{name}.prompt.txt").write_text(f"# system\n{request.system}\n\n# user\n{request.user}\n")
        known = versions.setdefault(name, {}).setdefault(str(found.version), found.sha256)
        if known != found.sha256:
            raise SystemExit(f"prompts/{name}.md changed: raise its version first")
    path.write_text(json.dumps(versions, indent=1) + "\n")
    (ROOT / "docs" / "command-line.md").write_text(documents.command_line())
    (ROOT / "README.md").write_text(documents.readme())


if __name__ == "__main__":
    main()
