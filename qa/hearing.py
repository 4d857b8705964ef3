"""A call as the checks hear it, from files alone."""

from __future__ import annotations

from pathlib import Path

from . import segments as segment_files
from . import transcripts
from .checks import Heard
from .measuring import measure_segments


def hear(transcript: Path | None, segments: Path | None) -> Heard:
    """What was said, and the figures where there are segments; these also hold the words where
    there is no transcript. Raises BadFile, BadTranscript, BadSegments.
    """
    said = [] if transcript is None else transcripts.read(transcript)
    if segments is None:
        return Heard(tuple(said))
    read = segment_files.read(segments)
    if transcript is None:
        said = sorted((each for each in read.spoken if each.text), key=lambda e: (e.start, e.end))
    return Heard(tuple(said), read.duration, measure_segments(segments))
