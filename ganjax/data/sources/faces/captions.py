"""Captions of a face in English and Japanese: the same few facts, said as one would say them."""

from ganjax.data.sources.faces.attributes import Face

# Names around the circle of Oklch hues, each up to a share of the turn; at the end it starts again.
_HUES = (
    (0.035, "pink", "ピンク色の"),
    (0.10, "red", "赤い"),
    (0.20, "orange", "オレンジ色の"),
    (0.325, "yellow", "黄色い"),
    (0.45, "green", "緑色の"),
    (0.58, "teal", "青緑色の"),
    (0.77, "blue", "青い"),
    (0.90, "purple", "紫色の"),
    (1.0, "pink", "ピンク色の"),
)
_HAIR = (
    (0.17, "black", "黒い"),
    (0.33, "dark brown", "こげ茶色の"),
    (0.47, "brown", "茶色い"),
    (0.60, "auburn", "赤茶色の"),
    (0.76, "ginger", "オレンジ色の"),
    (1.0, "blond", "金色の"),
)
_DYES = {
    "pink": ("pink", "ピンク色の"),
    "blue": ("blue", "青い"),
    "green": ("green", "緑色の"),
    "purple": ("purple", "紫色の"),
}
_CLOTHES = {
    "tee": ("T-shirt", "Tシャツ"),
    "stripes": ("striped shirt", "しま模様のシャツ"),
    "shirt": ("shirt with a collar", "えり付きのシャツ"),
    "turtleneck": ("turtleneck", "タートルネック"),
    "hoodie": ("hoodie", "パーカー"),
}
_GLASSES = {
    "round": ("round glasses", "丸い眼鏡"),
    "square": ("square glasses", "四角い眼鏡"),
    "sun": ("sunglasses", "サングラス"),
}
_ORNAMENTS = {
    "bow": ("bow in the hair", "リボンを髪につけ"),
    "band": ("headband", "ヘアバンドをつけ"),
    "flower": ("flower in the hair", "花を髪に飾り"),
    "beanie": ("woolly hat", "ニット帽をかぶり"),
}

Words = tuple[str, str]
"""The same in English and in Japanese."""


def captions(face: Face) -> dict[str, list[str]]:
    """Four captions each under "en" and "ja": the usual one, a short one, one of the clothes, a long one.

    They depend on the face alone.
    """
    noun, hair, mood = _noun(face), _hair(face), _mood(face)
    wearing = _GLASSES.get(face.glasses)
    with_en, with_ja = _details(face)
    en_glasses = f" and {wearing[0]}" if wearing else ""
    ja_glasses = f"{wearing[1]}をかけて" if wearing else ""
    garment, back = _garment(face), _hue(face.background_colour)
    usual_en = f"{noun[0]} with {hair[0]}{en_glasses}, {mood[0]}"
    usual_ja = f"{ja_glasses}{mood[1]}、{hair[1]}{noun[1]}"
    details_en = _listed([hair[0], *([wearing[0]] if wearing else []), *with_en])
    details_ja = "".join(f"{detail}、" for detail in with_ja)
    return {
        "en": [
            usual_en,
            f"{noun[0]}{' with ' + wearing[0] if wearing else ''}, {mood[0]}",
            f"{noun[0]} in {_article(garment[0])} in front of {_article(back[0] + ' background')}, {mood[0]}",
            f"a drawing of {noun[0]} with {details_en}, {mood[0]}, in {_article(garment[0])}, "
            f"{back[0]} background",
        ],
        "ja": [
            usual_ja,
            f"{ja_glasses}{mood[1]}{noun[1]}",
            f"{back[1]}背景の前で{mood[1]}、{garment[1]}を着た{noun[1]}",
            f"{back[1]}背景の前で{ja_glasses}{mood[1]}、{details_ja}{garment[1]}を着た、{hair[1]}{noun[1]}のイラスト",
        ],
    }


def _noun(face: Face) -> Words:
    kind = 0 if face.femininity > 0.55 else 1 if face.femininity < 0.45 else 2
    if face.age < 0.1:
        return (
            ("a little girl", "小さな女の子"),
            ("a little boy", "小さな男の子"),
            ("a little child", "小さな子ども"),
        )[kind]
    if face.age < 0.22:
        return (("a girl", "女の子"), ("a boy", "男の子"), ("a child", "子ども"))[kind]
    if face.age < 0.42:
        return (("a young woman", "若い女の人"), ("a young man", "若い男の人"), ("a young person", "若い人"))[
            kind
        ]
    if face.age < 0.72:
        return (("a woman", "女の人"), ("a man", "男の人"), ("a person", "人"))[kind]
    return (("an old woman", "おばあさん"), ("an old man", "おじいさん"), ("an old person", "お年寄り"))[kind]


def _hair(face: Face) -> Words:
    if face.receding > 0.65:
        return "a bald head", "頭の上に髪のない"
    colour = _hair_colour(face)
    curl = ("wavy ", "ウェーブのかかった") if face.hair_wave > 0.3 else ("straight ", "まっすぐな")
    if face.hair_wave > 0.68:
        curl = ("curly ", "くるくるした")
    if face.updo != "none":
        tied = {
            "bun": ("in a bun", "髪をおだんごにした"),
            "buns": ("in two buns", "髪をふたつのおだんごにした"),
            "pigtails": ("in pigtails", "髪をふたつに結んだ"),
        }[face.updo]
        return f"{curl[0]}{colour[0]} hair {tied[0]}", f"{colour[1]}{tied[1]}"
    long = ("short ", "短い") if face.hair_length < 0.25 else ("", "")
    if face.hair_length > 0.62:
        long = ("long ", "長い")
    return f"{long[0]}{curl[0]}{colour[0]} hair", f"{curl[1]}{long[1]}{colour[1]}髪の"


def _hair_colour(face: Face) -> Words:
    if face.hair_dye != "none":
        return _DYES[face.hair_dye]
    if face.hair_grey > 0.8:
        return "white", "白い"
    if face.hair_grey > 0.35:
        return "grey", "灰色の"
    return _named(_HAIR, face.hair_colour)


def _mood(face: Face) -> Words:
    """What the face does; the Japanese form stands before a noun."""
    if face.mouth_open > 0.2 and face.smile > 0.15:
        mood = ("laughing", "笑っている")
    elif face.mouth_open > 0.2:
        mood = ("looking surprised", "驚いた顔をした")
    elif face.smile > 0.3:
        mood = ("smiling", "ほほえんでいる")
    elif face.smile < -0.15:
        mood = ("looking sad", "悲しそうな顔をした")
    else:
        mood = ("looking calm", "落ち着いた顔をした")
    if face.eye_open < 0.15 and face.glasses != "sun":
        return f"{mood[0]} with closed eyes", f"目を閉じて{mood[1]}"
    return mood


def _details(face: Face) -> tuple[list[str], list[str]]:
    """What is seen besides: nouns in English, phrases that join with a comma in Japanese."""
    found = []
    if face.beard > 0.4:
        found.append(("a beard", "ひげを生やし"))
    elif face.beard > 0:
        found.append(("stubble", "無精ひげを生やし"))
    if face.moustache > 0.3:
        found.append(("a moustache", "口ひげを生やし"))
    if face.freckles > 0.3:
        found.append(("freckles", "そばかすがあり"))
    if face.lipstick > 0.5:
        found.append(("red lipstick", "赤い口紅をつけ"))
    if face.earrings > 0:
        found.append(("earrings", "イヤリングをつけ"))
    if face.ornament != "none":
        (colour_en, colour_ja), (thing_en, thing_ja) = _hue(face.ornament_colour), _ORNAMENTS[face.ornament]
        found.append((_article(f"{colour_en} {thing_en}"), colour_ja + thing_ja))
    return [english for english, _ in found], [japanese for _, japanese in found]


def _garment(face: Face) -> Words:
    colour, thing = _hue(face.clothes_colour), _CLOTHES[face.clothes]
    if face.clothes_light < 0.25:
        # 濃い goes with the noun of the colour: 濃い青のシャツ.
        return (
            f"dark {colour[0]} {thing[0]}",
            f"濃い{colour[1].removesuffix('い').removesuffix('の')}の{thing[1]}",
        )
    return f"{colour[0]} {thing[0]}", f"{colour[1]}{thing[1]}"


def _hue(turn: float) -> Words:
    return _named(_HUES, turn % 1)


def _named(table: tuple[tuple[float, str, str], ...], value: float) -> Words:
    return next((english, japanese) for end, english, japanese in table if value <= end)


def _listed(things: list[str]) -> str:
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"


def _article(phrase: str) -> str:
    return f"an {phrase}" if phrase[0] in "aeiou" else f"a {phrase}"
