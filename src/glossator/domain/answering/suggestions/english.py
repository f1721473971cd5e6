"""Words of English that decide whether a heading can be made a question."""

from collections.abc import Mapping
from typing import Final

_VERBS: Final = """
    accept access activate add adjust apply assign attach authenticate authorize avoid bind build bundle cache
    calculate call catch change check choose clean clear clone close combine compare compile compose compute
    configure connect convert copy create customise customize debug declare decode define delete deploy describe
    detect develop disable display download draw edit embed enable encode encrypt enforce establish evaluate exclude
    execute expand export expose extend extract fetch filter find fix format generate get group handle hide host
    implement import improve include increase index initialise initialize insert inspect install integrate invoke
    join launch limit link list load locate log maintain make manage map measure merge migrate mock modify monitor
    mount move open optimise optimize organise organize override package parse pass patch pin plan prepare prevent
    preview print process profile protect provide publish query read rebuild receive recover reduce refresh register
    release reload remove rename render renew replace report request reset resolve restart restore restrict retrieve
    return reuse revert review revoke run save schedule search secure select send separate serve set share shorten
    show simulate skip sort specify split start stop store stream submit subscribe supply switch tag test trace
    train transfer transform translate trigger troubleshoot tune uninstall update upgrade upload use validate verify
    view visualise visualize wrap write
"""
_DOUBLED: Final = """
    debug embed format get log map pin plan reset run set skip split stop submit tag transfer wrap
"""
_NOUNS: Final = """
    access build cache call change check copy deploy display draw edit export filter fix format group guard host
    import increase index install limit link list load log map measure mock monitor mount move open package patch pin
    plan preview print process profile query record release report request reset restore return reuse review run
    schedule search secure separate set share show sort split start stop store stream supply switch tag test trace
    train transfer update upgrade upload use view wrap
"""
_DETERMINERS: Final = """
    a an the your my our all any each every several multiple more one another
"""
_PREPOSITIONS: Final = """
    with to from on in into as at by for of over through using via without and or
"""
_AFTER_VERB: Final = """
    with to from on in into
"""
_MASS: Final = """
    data middleware software hardware code text access support content storage traffic information metadata state
"""
_NO_OBJECTS: Final = """
    blocks systems steps parts remarks thoughts
"""
_DEPENDENT: Final = """
    it its this that these those they them their he she here there above below next following example examples further
    other others certain page section chapter introduction overview summary conclusion appendix
"""
_NO_SUBJECTS: Final = """
    home index start started quickstart guide tutorial reference glossary faq changelog readme welcome about notes and
    or with for to of in your my credits thanks misc general license
"""


def _gerund(verb: str) -> str:
    return f"{verb}{verb[-1]}ing" if verb in _DOUBLED.split() else f"{verb.removesuffix('e')}ing"


IMPERATIVES: Final = frozenset(_VERBS.split())
GERUNDS: Final[Mapping[str, str]] = {_gerund(verb): verb for verb in IMPERATIVES}
"""The verb of each gerund."""
NOUNS: Final = frozenset(_NOUNS.split())
"""The verbs that are nouns or adjectives too: "stop words" is no command, "stop the server" is one."""
DETERMINERS: Final = frozenset(_DETERMINERS.split())
PREPOSITIONS: Final = frozenset(_PREPOSITIONS.split())
AFTER_VERB: Final = frozenset(_AFTER_VERB.split())
"""The prepositions that may follow a verb."""
MASS: Final = frozenset(_MASS.split())
"""Nouns that need neither an article nor a plural."""
NO_OBJECTS: Final = frozenset(_NO_OBJECTS.split())
"""Nouns before which a gerund is an adjective, as in "building blocks"."""
NO_SUBJECTS: Final = tuple(_NO_SUBJECTS.split())
"""Words of titles that name no subject."""
DEPENDENT: Final = tuple(_DEPENDENT.split())
"""Words that say nothing without their page."""


def is_plural(noun: str) -> bool:
    return noun.endswith("s") and not noun.endswith(("ss", "us", "is"))
