"""Names by their sound. A character with several readings matches by each of them.

A surname is often read in the rarer way (单 shàn, 仇 qiú, 曾 zēng), which no dictionary of phrases
tells apart in a name; so every reading counts.
"""

from __future__ import annotations

from functools import lru_cache

from pypinyin import Style, pinyin


def spelled(name: str, wanted: str) -> bool:
    """Whether ``wanted`` (letters and digits only) is how a part of ``name`` is written in pinyin.

    The part begins at a character and may end within one: ``ouyangx`` is a part of 欧阳晓月.
    """
    sounds = [_readings(character) for character in name.casefold() if character.isalnum()]
    return any(_spells(sounds, start, wanted) for start in range(len(sounds)))


def initials(name: str, wanted: str) -> bool:
    """Whether ``wanted`` has the initials that ``name`` begins with, some of them in full."""
    sounds = [_readings(character) for character in name.casefold() if character.isalnum()]
    return _abbreviates(sounds, 0, wanted)


def _spells(sounds: list[frozenset[str]], at: int, wanted: str) -> bool:
    if at == len(sounds):
        return False
    for sound in sounds[at]:
        if sound.startswith(wanted):
            return True
        if wanted.startswith(sound) and _spells(sounds, at + 1, wanted[len(sound) :]):
            return True
    return False


def _abbreviates(sounds: list[frozenset[str]], at: int, wanted: str) -> bool:
    if not wanted:
        return True
    if at == len(sounds):
        return False
    heads = {sound for sound in sounds[at] if wanted.startswith(sound)}
    heads |= {sound[0] for sound in sounds[at] if sound[0] == wanted[0]}
    return any(_abbreviates(sounds, at + 1, wanted[len(head) :]) for head in heads)


@lru_cache(maxsize=50_000)
def _readings(character: str) -> frozenset[str]:
    """How a character is read, without tones; a letter or digit is itself. ü is v, u and yu."""
    if character.isascii():
        return frozenset((character,))
    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    sounds = {sound for readings in found for sound in readings if sound}
    for sound in tuple(sounds):
        if "v" in sound:
            sounds |= {sound.replace("v", "u"), sound.replace("v", "yu")}
    return frozenset(sounds or (character,))
