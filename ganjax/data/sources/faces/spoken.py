"""What one can say of a face: groups of words of which one holds, by fixed thresholds.

`WORDS` has, for every group, its words and how they are put in English and in Japanese; `spoken` tells which
word of each group a face has. Captions are made of these words alone, so whatever reads them off a picture
can be held against what was said.
"""

import math
from collections.abc import Mapping

from ganjax.data.sources.faces.attributes import Face

Words = tuple[str, str]
"""The same in English and in Japanese."""

SILENT = ("", "")
"""How the usual state of things is put: not at all."""

_AGE_ENDS = ((0.1, "little"), (0.22, "child"), (0.42, "young"), (0.72, "grown"), (math.inf, "old"))
# Names around the circle of Oklch hues, each up to a share of the turn; at the end it starts again.
_HUE_ENDS = (
    (0.035, "pink"),
    (0.10, "red"),
    (0.20, "orange"),
    (0.325, "yellow"),
    (0.45, "green"),
    (0.58, "teal"),
    (0.77, "blue"),
    (0.90, "purple"),
    (1.0, "pink"),
)
_HUES = {
    "pink": ("pink", "ピンク色の"),
    "red": ("red", "赤い"),
    "orange": ("orange", "オレンジ色の"),
    "yellow": ("yellow", "黄色い"),
    "green": ("green", "緑色の"),
    "teal": ("teal", "青緑色の"),
    "blue": ("blue", "青い"),
    "purple": ("purple", "紫色の"),
}
_HAIR_ENDS = (
    (0.17, "black"),
    (0.33, "dark brown"),
    (0.47, "brown"),
    (0.60, "auburn"),
    (0.76, "ginger"),
    (1.0, "blond"),
)

WORDS: Mapping[str, Mapping[str, Words]] = {
    "age": {
        "little": ("little", "小さな"),
        "child": ("girl, boy or child", "女の子、男の子、子ども"),
        "young": ("young", "若い"),
        "grown": ("woman, man or person", "女の人、男の人、人"),
        "old": ("old", "おばあさん、おじいさん、お年寄り"),
    },
    "sex": {
        "female": ("girl or woman", "女の子、女の人、おばあさん"),
        "male": ("boy or man", "男の子、男の人、おじいさん"),
        "unsaid": SILENT,
    },
    "top": {"haired": SILENT, "bald": ("a bald head", "頭の上に髪のない")},
    "hair length": {"short": ("short ", "短い"), "middling": SILENT, "long": ("long ", "長い")},
    "hair curl": {
        "straight": ("straight ", "まっすぐな"),
        "wavy": ("wavy ", "ウェーブのかかった"),
        "curly": ("curly ", "くるくるした"),
    },
    "hair colour": {
        "black": ("black", "黒い"),
        "dark brown": ("dark brown", "こげ茶色の"),
        "brown": ("brown", "茶色い"),
        "auburn": ("auburn", "赤茶色の"),
        "ginger": ("ginger", "オレンジ色の"),
        "blond": ("blond", "金色の"),
        "grey": ("grey", "灰色の"),
        "white": ("white", "白い"),
        "pink": ("pink", "ピンク色の"),
        "blue": ("blue", "青い"),
        "green": ("green", "緑色の"),
        "purple": ("purple", "紫色の"),
    },
    "updo": {
        "none": SILENT,
        "bun": ("in a bun", "髪をおだんごにした"),
        "buns": ("in two buns", "髪をふたつのおだんごにした"),
        "pigtails": ("in pigtails", "髪をふたつに結んだ"),
    },
    "mood": {
        "laughing": ("laughing", "笑っている"),
        "surprised": ("looking surprised", "驚いた顔をした"),
        "smiling": ("smiling", "ほほえんでいる"),
        "sad": ("looking sad", "悲しそうな顔をした"),
        "calm": ("looking calm", "落ち着いた顔をした"),
    },
    "eyes": {"open": SILENT, "closed": (" with closed eyes", "目を閉じて")},
    "glasses": {
        "none": SILENT,
        "round": ("round glasses", "丸い眼鏡"),
        "square": ("square glasses", "四角い眼鏡"),
        "sun": ("sunglasses", "サングラス"),
    },
    "beard": {
        "none": SILENT,
        "stubble": ("stubble", "無精ひげを生やし"),
        "beard": ("a beard", "ひげを生やし"),
    },
    "moustache": {"none": SILENT, "moustache": ("a moustache", "口ひげを生やし")},
    "freckles": {"none": SILENT, "freckles": ("freckles", "そばかすがあり")},
    "lipstick": {"none": SILENT, "lipstick": ("red lipstick", "赤い口紅をつけ")},
    "earrings": {"none": SILENT, "earrings": ("earrings", "イヤリングをつけ")},
    "ornament": {
        "none": SILENT,
        "bow": ("bow in the hair", "リボンを髪につけ"),
        "band": ("headband", "ヘアバンドをつけ"),
        "flower": ("flower in the hair", "花を髪に飾り"),
        "beanie": ("woolly hat", "ニット帽をかぶり"),
    },
    "ornament colour": _HUES,
    "clothes": {
        "tee": ("T-shirt", "Tシャツ"),
        "stripes": ("striped shirt", "しま模様のシャツ"),
        "shirt": ("shirt with a collar", "えり付きのシャツ"),
        "turtleneck": ("turtleneck", "タートルネック"),
        "hoodie": ("hoodie", "パーカー"),
    },
    "clothes colour": _HUES,
    "clothes light": {"light": SILENT, "dark": ("dark ", "濃い")},
    "background": _HUES,
}
"""Group to word to what is said in both languages; age and sex are told by one noun, see `captions`."""


def spoken(face: Face) -> dict[str, str]:
    """The word of each group of `WORDS` that holds for the face.

    Left out are groups that a caption could not speak of: the hair of a bald head, the length of hair that
    is tied up, eyes behind sunglasses, the colour of no ornament.
    """
    words = {
        "age": next(name for end, name in _AGE_ENDS if face.age < end),
        "sex": "female" if face.femininity > 0.55 else "male" if face.femininity < 0.45 else "unsaid",
        "top": "bald" if face.receding > 0.65 else "haired",
        "mood": _mood(face),
        "glasses": face.glasses,
        "beard": "beard" if face.beard > 0.4 else "stubble" if face.beard > 0 else "none",
        "moustache": "moustache" if face.moustache > 0.3 else "none",
        "freckles": "freckles" if face.freckles > 0.3 else "none",
        "lipstick": "lipstick" if face.lipstick > 0.5 else "none",
        "earrings": "earrings" if face.earrings > 0 else "none",
        "ornament": face.ornament,
        "clothes": face.clothes,
        "clothes colour": _hue(face.clothes_colour),
        "clothes light": "dark" if face.clothes_light < 0.25 else "light",
        "background": _hue(face.background_colour),
    }
    if words["top"] == "haired":
        words["hair colour"] = _hair_colour(face)
        words["hair curl"] = _curl(face.hair_wave)
        words["updo"] = face.updo
        if face.updo == "none":
            words["hair length"] = _length(face.hair_length)
    if face.glasses != "sun":
        words["eyes"] = "closed" if face.eye_open < 0.15 else "open"
    if face.ornament != "none":
        words["ornament colour"] = _hue(face.ornament_colour)
    return words


def _mood(face: Face) -> str:
    if face.mouth_open > 0.2:
        return "laughing" if face.smile > 0.15 else "surprised"
    return "smiling" if face.smile > 0.3 else "sad" if face.smile < -0.15 else "calm"


def _curl(wave: float) -> str:
    return "curly" if wave > 0.68 else "wavy" if wave > 0.3 else "straight"


def _length(length: float) -> str:
    return "short" if length < 0.25 else "long" if length > 0.62 else "middling"


def _hair_colour(face: Face) -> str:
    if face.hair_dye != "none":
        return face.hair_dye
    if face.hair_grey > 0.35:
        return "white" if face.hair_grey > 0.8 else "grey"
    return next(name for end, name in _HAIR_ENDS if face.hair_colour <= end)


def _hue(turn: float) -> str:
    return next(name for end, name in _HUE_ENDS if turn % 1 <= end)
