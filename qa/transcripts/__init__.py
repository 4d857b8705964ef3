"""Transcripts: what was said when, and by whom where the file tells.

    utterances = read(Path("call.vtt"))

The format is told by the content: WebVTT, SRT, Whisper JSON, Amazon Contact Lens JSON, and our own
segments file. To add one, copy a sibling and add a line to the registry.
"""

from __future__ import annotations

from .reading import parse, read
from .spoken import spoken
from .subtitles import write_srt, write_vtt
from .utterance import Role, Utterance, role_of

__all__ = [
    "Role",
    "Utterance",
    "parse",
    "read",
    "role_of",
    "spoken",
    "write_srt",
    "write_vtt",
]
