"""What a file is, told by its content."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams import media
from exams.media import Media, examine
from kb.errors import InvalidContent

from .mediafiles import box, mp3, mp3_counted, mp4, ogg, wav, webm

ID3 = b"ID3\x04\0\0\0\0\x02\x01" + bytes(257)
GOOD = {
    "wav": (wav(2), Media("audio", "audio/wav", 2.0)),
    "mp4, header last": (mp4(90), Media("video", "video/mp4", 90.0)),
    "mp4, header first": (mp4(90, last=False), Media("video", "video/mp4", 90.0)),
    "m4a": (mp4(61.5, (b"soun",)), Media("audio", "audio/mp4", 61.5)),
    "webm": (webm(30), Media("video", "video/webm", 30.0)),
    "webm, sound": (webm(30, (2,)), Media("audio", "audio/webm", 30.0)),
    "webm of a recorder": (webm(None), Media("video", "video/webm", None)),
    "opus": (ogg(12), Media("audio", "audio/ogg", 12.0)),
    "mp3": (mp3(100), Media("audio", "audio/mpeg", 2.6)),
    "mp3 with a tag": (mp3(100, ID3), Media("audio", "audio/mpeg", 2.6)),
    "mp3 that counts": (mp3_counted(3829), Media("audio", "audio/mpeg", 100.0)),
}


@pytest.mark.parametrize("name", GOOD)
def test_each_format_tells_what_it_is_and_how_long(name: str) -> None:
    content, wanted = GOOD[name]
    assert examine(io.BytesIO(content)) == wanted


BAD = {
    "empty": (b"", "空的"),
    "text": ("第一课.mp4".encode() * 50, "不是能在网页里播放的"),
    "a page": (b"<html><script>alert(1)</script>", "不是能在网页里播放的"),
    "quicktime": (box(b"ftyp", b"qt  " + bytes(8)), "另存为 MP4"),
    "mp4 cut off": (mp4()[:300], "被截断"),
    "mp4 without a header": (box(b"ftyp", b"isom" + bytes(8)) + box(b"mdat", bytes(9)), "没有写完"),
    "mp4 of subtitles": (mp4(9, (b"text",)), "没有画面，也没有声音"),
    "mkv": (webm(doc=b"matroska"), "MKV"),
    "webm of nothing": (webm(kinds=(17,)), "没有画面，也没有声音"),
    "wav without sound": (b"RIFF" + bytes(4) + b"WAVE", "没有声音的数据"),
    "ogg of a film": (b"OggS" + bytes(22) + b"\x01\x1e\x80theora" + bytes(60), "放不了"),
    "id3 and nothing": (ID3, "没有找到声音"),
    "too long": (mp4(13 * 3600), "最多 12 小时"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_played_is_refused_with_what_to_do(name: str) -> None:
    content, words = BAD[name]
    with pytest.raises(InvalidContent, match=words):
        examine(io.BytesIO(content))


@given(st.sampled_from(sorted(GOOD)), st.data())
def test_a_damaged_file_is_refused_or_read_but_never_a_fault(
    name: str, data: st.DataObject
) -> None:
    content, _ = GOOD[name]
    damaged = bytearray(content[: data.draw(st.integers(0, min(len(content), 700)))])
    for at in data.draw(st.lists(st.integers(0, max(len(damaged) - 1, 0)), max_size=6)):
        if damaged:
            damaged[at] = data.draw(st.integers(0, 255))
    try:
        found = examine(io.BytesIO(bytes(damaged)))
    except InvalidContent:
        return
    assert found.seconds is None or media.SHORTEST <= found.seconds <= media.LONGEST


def test_a_player_is_believed_only_where_the_size_allows_it() -> None:
    assert media.plausible(600, 30_000_000)
    for seconds in (0, -1, float("nan"), float("inf"), 0.5, 999_999, 13 * 3600):
        assert not media.plausible(seconds, 30_000_000)
