"""Measures a recording or a segments file: reads it, finds the speech, works out the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from . import segments
from .figures import (
    ROLES,
    Conversation,
    Thresholds,
    characters,
    figures,
    rate,
    shown,
    silence,
    stretch,
)
from .sound import Activity, Levels, Settings, detect, listen, open_sound
from .sound.activity import Heard
from .spans import Span, common, total, union
from .transcripts import Role, Utterance

Side = Literal["left", "right"]


def measure_segments(path: Path, thresholds: Thresholds | None = None) -> dict[str, Any]:
    """The figures of a segments file. Raises BadFile, BadSegments."""
    read = segments.read(path)
    call = Conversation(
        read.duration, {role: read.spans(role) for role in ROLES}, characters(read.spoken)
    )
    found = figures(call, thresholds)
    found["settings"]["source"] = "segments"
    return found


def measure_audio(
    path: Path,
    agent: Side = "left",
    utterances: Sequence[Utterance] | None = None,
    settings: Settings | None = None,
    thresholds: Thresholds | None = None,
) -> dict[str, Any]:
    """The figures of a recording. Raises BadAudio, BadFile.

    ``agent``: the channel of the agent in a stereo recording. Where a transcript does not say
    who speaks, the louder channel does. A mono recording, or one with the same sound on both
    channels, does not tell the two apart: their figures come from the transcript if that names
    the speakers, else they are None.
    """
    settings = settings or Settings()
    with open_sound(path) as sound:
        levels = listen(sound, settings)
    recording = _recording(levels)
    if recording["mono"]:
        del levels.channels[1:]
    activity = detect(levels, settings)
    if len(activity.channels) == 2:
        found = _stereo(activity, agent, utterances, thresholds)
    else:
        found = _mono(activity, utterances, thresholds)
    found["hold"] = _hold(activity, agent)
    found["recording"] = recording
    found["settings"] |= settings.as_dict() | {
        "thresholds_dbfs": [
            None if heard.threshold is None else round(heard.threshold, 1)
            for heard in activity.channels
        ]
    }
    return found


def _recording(levels: Levels) -> dict[str, Any]:
    """``mono``: one channel, or the same sound on both, which tells no speakers apart either."""
    first, *others = levels.channels
    return {
        "encoding": levels.encoding,
        "rate": levels.rate,
        "channels": len(levels.channels),
        "mono": not others or (any(first.powers) and others == [first]),
    }


def _by_role(activity: Activity, agent: Side) -> dict[Role, Heard]:
    left, right = activity.channels
    first, second = (left, right) if agent == "left" else (right, left)
    return {"agent": first, "customer": second}


def _stereo(
    activity: Activity,
    agent: Side,
    utterances: Sequence[Utterance] | None,
    thresholds: Thresholds | None,
) -> dict[str, Any]:
    heard = _by_role(activity, agent)
    speech = {role: heard[role].speech for role in ROLES}
    said = [_attributed(each, speech) for each in utterances or ()]
    call = Conversation(
        activity.duration,
        speech,
        characters(said),
        {role: heard[role].level for role in ROLES},
    )
    found = figures(call, thresholds)
    found["settings"] |= {"source": "audio", "agent": agent}
    return found


def _attributed(each: Utterance, speech: dict[Role, list[Span]]) -> Utterance:
    """The utterance with the role of who speaks most during it."""
    if each.role is not None:
        return each
    during = [Span(each.start, each.end)]
    talk = {role: total(common(during, speech[role])) for role in ROLES}
    return replace(each, role="agent" if talk["agent"] >= talk["customer"] else "customer")


def _mono(
    activity: Activity, utterances: Sequence[Utterance] | None, thresholds: Thresholds | None
) -> dict[str, Any]:
    heard = activity.channels[0]
    known = [each for each in utterances or () if each.role is not None]
    spans = {role: [Span(u.start, u.end) for u in known if u.role == role] for role in ROLES}
    whole = [Span(activity.duration * 0, activity.duration)]
    spans = {role: common(union(found), whole) for role, found in spans.items()}
    found = figures(Conversation(activity.duration, spans, characters(known)), thresholds)
    found["settings"] |= {"source": "transcript" if known else "audio", "agent": None}
    if not known:
        nothing = {"talk": None, "share": None, "rate_cpm": None, "level_dbfs": None}
        found |= {"agent": dict(nothing), "customer": dict(nothing), "interruptions": None}
        found["overtalk"] = {"total": None, "share": None, "count": None}
        found["silence"] = silence(heard.speech, activity.duration, thresholds)
    talk = total(heard.speech)
    found["speech"] = {
        "talk": shown(talk),
        "share": shown(talk / activity.duration),
        "rate_cpm": rate(_said(utterances), talk),
        "level_dbfs": None if heard.level is None else round(heard.level, 2),
    }
    return found


def _said(utterances: Sequence[Utterance] | None) -> int | None:
    """How much all said, whoever it was."""
    return characters(replace(each, role="agent") for each in utterances or ()).get("agent")


def _hold(activity: Activity, agent: Side) -> dict[str, Any]:
    """Hold music; nobody speaks it, so that it is part of the silence."""
    if len(activity.channels) == 2:
        channels = [(str(role), heard) for role, heard in _by_role(activity, agent).items()]
    else:
        channels = [("both", activity.channels[0])]
    everything = union(span for _, heard in channels for span in heard.music)
    found = [
        (span, {**stretch(span), "channel": name})
        for name, heard in channels
        for span in heard.music
    ]
    return {
        "total": shown(total(everything)),
        "stretches": [made for _, made in sorted(found, key=lambda pair: pair[0])],
    }
