"""The audit: the whole history in a DuckDB file, and questions to ask it."""

from projections.audit.answer import Answer
from projections.audit.errors import AuditLocked, AuditOutdated, QueryError
from projections.audit.questions import QUESTIONS, Parameter, Question, Words
from projections.audit.rebuild import rebuild
from projections.audit.store import Audit
from projections.audit.writer import grouped

__all__ = [
    "QUESTIONS",
    "Answer",
    "Audit",
    "AuditLocked",
    "AuditOutdated",
    "Parameter",
    "QueryError",
    "Question",
    "Words",
    "grouped",
    "rebuild",
]
