"""The built-in schemas. `__all__` is the registry: `--schema meeting` means `meeting.MeetingSummary`.

A schema of your own is any Pydantic model; wherever it nests `Evidence`, the quotes are verified, and wherever it
nests `ArticleDate`, the date is resolved.
"""

from summarizer.schemas.date import ArticleDate
from summarizer.schemas.evidence import Evidence
from summarizer.schemas.meeting import MeetingSummary

__all__ = ["ArticleDate", "Evidence", "MeetingSummary"]
