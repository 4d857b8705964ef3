"""Tables of quality assurance, one file a subject; people are integer ids, as in ``kb``."""

from .base import Base
from .calibrations import Calibration, CalibrationCall, CalibrationNote, CalibrationSeat
from .calls import Call, Listening, Recording, Transcript
from .followups import Appeal, Coaching, Recheck, Remedy
from .live import AgentState, PhoneCommand, PhoneEvent
from .plans import Draw, Plan
from .reviews import Comment, Draft, ItemScore, Review, Score, Suggestion
from .scorecards import Scorecard, ScorecardVersion
from .settings import Setting

__all__ = [
    "AgentState",
    "Appeal",
    "Base",
    "Calibration",
    "CalibrationCall",
    "CalibrationNote",
    "CalibrationSeat",
    "Call",
    "Coaching",
    "Comment",
    "Draft",
    "Draw",
    "ItemScore",
    "Listening",
    "PhoneCommand",
    "PhoneEvent",
    "Plan",
    "Recheck",
    "Recording",
    "Remedy",
    "Review",
    "Score",
    "Scorecard",
    "ScorecardVersion",
    "Setting",
    "Suggestion",
    "Transcript",
]
