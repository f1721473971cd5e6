"""Language tags (BCP 47): which are taken, and in what direction they are read.

The shape of a tag is checked, not whether somebody speaks it: the registry's thousands of languages are none of ours,
but a script that our table does not know cannot be checked in a result and is refused.

Other names of languages that BCP 47 knows by a shorter one: codes of three letters (ISO 639-3 and 639-2/B), tags
registered long ago.
"""

import re
from typing import Literal

from glossator.domain.rewriting.languages.scripts import LETTERS, RIGHT_TO_LEFT, SEVERAL, TAG, scripts

CODES = (
    "aa=aar ab=abk ae=ave af=afr ak=aka am=amh an=arg ar=ara as=asm av=ava ay=aym az=aze ba=bak be=bel bg=bul "
    "bi=bis bm=bam bn=ben bo=bod=tib br=bre bs=bos ca=cat ce=che ch=cha co=cos cr=cre cs=ces=cze cu=chu "
    "cv=chv cy=cym=wel da=dan de=deu=ger dv=div dz=dzo ee=ewe el=ell=gre en=eng eo=epo es=spa et=est eu=eus=baq "
    "fa=fas=per ff=ful fi=fin fj=fij fo=fao fr=fra=fre fy=fry ga=gle gd=gla gl=glg gn=grn gu=guj gv=glv ha=hau "
    "he=heb hi=hin ho=hmo hr=hrv ht=hat hu=hun hy=hye=arm hz=her ia=ina id=ind ie=ile ig=ibo ii=iii ik=ipk io=ido "
    "is=isl=ice it=ita iu=iku ja=jpn jv=jav ka=kat=geo kg=kon ki=kik kj=kua kk=kaz kl=kal km=khm kn=kan ko=kor "
    "kr=kau ks=kas ku=kur kv=kom kw=cor ky=kir la=lat lb=ltz lg=lug li=lim ln=lin lo=lao lt=lit lu=lub lv=lav "
    "mg=mlg mh=mah mi=mri=mao mk=mkd=mac ml=mal mn=mon mr=mar ms=msa=may mt=mlt my=mya=bur na=nau nb=nob nd=nde "
    "ne=nep ng=ndo nl=nld=dut nn=nno no=nor nr=nbl nv=nav ny=nya oc=oci oj=oji om=orm or=ori os=oss pa=pan pi=pli "
    "pl=pol ps=pus pt=por qu=que rm=roh rn=run ro=ron=rum ru=rus rw=kin sa=san sc=srd sd=snd se=sme sg=sag si=sin "
    "sk=slk=slo sl=slv sm=smo sn=sna so=som sq=sqi=alb sr=srp ss=ssw st=sot su=sun sv=swe sw=swa ta=tam te=tel "
    "tg=tgk th=tha ti=tir tk=tuk tl=tgl tn=tsn to=ton tr=tur ts=tso tt=tat tw=twi ty=tah ug=uig uk=ukr ur=urd "
    "uz=uzb ve=ven vi=vie vo=vol wa=wln wo=wol xh=xho yi=yid yo=yor za=zha zh=zho=chi zu=zul"
)
TWO_LETTERS = {code: codes.partition("=")[0] for codes in CODES.split() for code in codes.split("=")[1:]}

OLD_TAGS = {
    "en-gb-oed": "en-GB-oxendict",
    "art-lojban": "jbo",
    "cel-gaulish": "xtg",
    "no-bok": "nb",
    "no-nyn": "nn",
    "zh-guoyu": "cmn",
    "zh-hakka": "hak",
    "zh-min": "nan",
    "zh-min-nan": "nan",
    "zh-xiang": "hsn",
    "sgn-be-fr": "sfb",
    "sgn-be-nl": "vgt",
    "sgn-ch-de": "sgg",
    "i-ami": "ami",
    "i-bnn": "bnn",
    "i-default": "en",
    "i-enochian": "i-enochian",
    "i-hak": "hak",
    "i-klingon": "tlh",
    "i-lux": "lb",
    "i-mingo": "see",
    "i-navajo": "nv",
    "i-pwn": "pwn",
    "i-tao": "tao",
    "i-tay": "tay",
    "i-tsu": "tsu",
}
"""The registry's grandfathered tags, in small letters. Enochian has no other."""


ADDITIONS = re.compile(r"(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*(?:-[Xx](?:-[A-Za-z0-9]{1,8})+)?")
LONGEST_TAG = 64
NO_LANGUAGE = frozenset(["und", "mul", "mis", "zxx"])
RENAMED = {"iw": "he", "in": "id", "ji": "yi"}
PRIVATE = re.compile(r"q[a-t][a-z]")


def valid_language(tag: str) -> str | None:
    """The tag as BCP 47 writes it, without extensions and private parts; None when it is none we could check."""
    if old := OLD_TAGS.get(tag.lower()):
        return old
    matched = TAG.match(tag) if len(tag) <= LONGEST_TAG and tag.isascii() else None
    if matched is None or not ADDITIONS.fullmatch(tag, matched.end()):
        return None
    language, *others = matched.group().split("-")
    script = (matched["script"] or "").title()
    language = shortest(language.lower())
    if language in NO_LANGUAGE or PRIVATE.fullmatch(language):
        return None
    if script and script not in LETTERS and script not in SEVERAL:
        return None
    return "-".join([language, *(written(other, matched) for other in others)])


def shortest(language: str) -> str:
    language = TWO_LETTERS.get(language, language)
    return RENAMED.get(language, language)


def written(subtag: str, tag: re.Match[str]) -> str:
    if subtag == tag["script"]:
        return subtag.title()
    return subtag.upper() if subtag == tag["region"] else subtag.lower()


def direction(language: str) -> Literal["rtl", "ltr"]:
    return "rtl" if scripts(language)[0] in RIGHT_TO_LEFT else "ltr"
