"""Recordings: samples from files, loudness of each moment, and who speaks when.

with open_sound(path) as sound:
    levels = listen(sound)
activity = detect(levels, Settings())
"""

from __future__ import annotations

from .activity import Activity, detect
from .levels import Levels, listen
from .opening import open_sound
from .settings import Settings
from .source import Sound

__all__ = ["Activity", "Levels", "Settings", "Sound", "detect", "listen", "open_sound"]
