"""What Unicode says of an emoji: a caption, a coarse class, and the emoji behind its variants."""

import unicodedata

CLASSES = ("face", "hand", "person", "animal", "food", "travel", "activity", "object", "symbol", "flag")
TONES = {0x1F3FB: "light", 0x1F3FC: "medium light", 0x1F3FD: "medium", 0x1F3FE: "medium dark", 0x1F3FF: "dark"}
SELECTORS = (0xFE0E, 0xFE0F)
JOINER, KEYCAP = 0x200D, 0x20E3
# What is drawn and moves alike is one emoji: a sign for its gender, age and sex of a person, hour of a clock, colour of
# a heart. Held out apart from each other, they would leak.
GENDERS = (0x2640, 0x2642)
ALIKE = {
    **dict.fromkeys((0x1F468, 0x1F469), 0x1F9D1),  # man, woman: adult
    **dict.fromkeys((0x1F466, 0x1F467), 0x1F9D2),  # boy, girl: child
    **dict.fromkeys((0x1F474, 0x1F475), 0x1F9D3),  # older man, older woman: older adult
    0x1F478: 0x1F934,  # princess: prince
    0x1F936: 0x1F385,  # mother Christmas: father Christmas
    **dict.fromkeys((0x1F46C, 0x1F46D), 0x1F46B),  # two of one sex holding hands: of both
    **dict.fromkeys(range(0x1F551, 0x1F568), 0x1F550),  # clock faces
    **dict.fromkeys((0x1F499, 0x1F49A, 0x1F49B, 0x1F49C, 0x1F5A4, 0x1F90D, 0x1F90E, 0x1F9E1), 0x2764),  # hearts
}
ADULT, CHILD = 0x1F9D1, 0x1F9D2
FAMILY = "1f46a"
# Pairs in two skin tones are spelt out; in one tone they are one character. Both are one emoji.
SPELT_OUT = {
    "1faf1-1faf2": "1f91d",  # handshake
    "1f9d1-1f91d-1f9d1": "1f46b",  # holding hands
    "1f9d1-2764-1f9d1": "1f491",  # couple with heart
    "1f9d1-2764-1f48b-1f9d1": "1f48f",  # kiss
    "1f9d1-1f384": "1f385",  # Christmas, of no sex
}
# First code points in blocks, most telling first; what no row holds is an object.
BLOCKS = (
    ("flag", "1f1e6-1f1ff 1f3c1 1f38c 1f3f3 1f3f4 1f6a9"),
    ("hand", "1f440-1f450 1f485 1f4aa 1f590 1f595 1f596 1f64c 1f64f 1f90c 1f90f 1f918-1f91f 1f932 1f933 1f9b4-1f9b7"),
    ("hand", "1f9bb 1f9be 1f9bf 1f9e0 1fac0 1fac1 1fae6 1faf0-1faf8 261d 270a-270d"),
    ("person", "1f385 1f3c2-1f3c4 1f3c7 1f3ca-1f3cc 1f464-1f478 1f47c 1f481-1f483 1f486 1f487 1f48f 1f491 1f574"),
    ("person", "1f575 1f57a 1f5e3 1f645-1f647 1f64b 1f64d 1f64e 1f6a3 1f6b4-1f6b6 1f6c0 1f6cc 1f926 1f930 1f931"),
    ("person", "1f934-1f93e 1f977 1f9b8 1f9b9 1f9cd-1f9cf 1f9d1-1f9df 1fac2-1fac5 26f7 26f9"),
    ("face", "1f600-1f64a 1f479-1f47b 1f47d-1f480 1f4a9 1f910-1f917 1f920-1f92f 1f970-1f97a 1f9d0 1fae0-1fae9"),
    ("face", "2620 2639 263a 1f31a-1f31e"),
    ("food", "1f32d-1f32f 1f336 1f345-1f37f 1f382 1f950-1f96f 1f9c0-1f9cb 1fad0-1fadf 2615"),
    ("animal", "1f330-1f344 1f400-1f43f 1f490 1f54a 1f577 1f578 1f940 1f980-1f9ae 1fab0-1fabf 1facd-1facf 2618"),
    ("activity", "1f380 1f381 1f383 1f384 1f386-1f397 1f39f 1f3a3-1f3a9 1f3ab-1f3c9 1f3cf-1f3d3 1f3f8 1f3f9 1f93f"),
    ("activity", "1f941-1f94f 1f9e7-1f9e9 1f9f5 1f9f6 1f9f8 1fa70 1fa80 1fa81 1fa83-1fa87 1f004 1f0cf 26bd 26be 26f3"),
    ("activity", "26f8 2660-2667 265f 2728 1f52b 1f579 1f5bc"),
    ("travel", "1f300-1f32c 1f3a0-1f3a2 1f3aa 1f3cd 1f3ce 1f3d4-1f3f0 1f4ba 1f525 1f54b-1f54d 1f550-1f567 1f570"),
    ("travel", "1f5fa-1f5ff 1f680-1f6a8 1f6b2 1f6d1-1f6d5 1f6dd-1f6df 1f6e0-1f6ff 1f9ed 1f9f1 1f9f3 1fa82 1fa90"),
    ("travel", "231a 231b 23f0-23f3 2600-2604 2614 26a1 26c4 26c5 26c8 26e9-26f5 26fa 26fd 2693 2708 2744 2b50"),
    ("symbol", "23-39 a9 ae 203c-25ff 1f170-1f251 1f493-1f49f 1f4a0 1f4a2 1f4a4 1f4a5 1f4ab-1f4af"),
    ("symbol", "1f54e 1f5a4 1f6ab-1f6c5 1f6d0 1f6d7 1f7e0-1f7f0 1f90d 1f90e 1fa75-1fa77 262a-2638 2640 2642 2648-2653"),
    ("symbol", "2668 267b-267f 2695 2699-269b 26a0 26a7 26aa 26ab 26ce 26d4 2705 2714-271d 2721 2733-2764 2795-27bf"),
    ("symbol", "2934-3299 1f500-1f525 1f52f-1f53d 1f549"),
)


def codes_of(name: str) -> tuple[int, ...]:
    """The code points of a file name such as ``1f44b-1f3fb``. Raises ValueError for any other name."""
    return tuple(int(part, 16) for part in name.split("-"))


def group_of(codes: tuple[int, ...]) -> str:
    """The emoji whatever its skin tone, gender, hour or colour: what is never split between training and held out."""
    left_out = (*TONES, *SELECTORS, *GENDERS, JOINER)
    parts = [ALIKE.get(code, code) for code in codes if code not in left_out] or list(codes)
    if len(parts) > 1 and set(parts) <= {ADULT, CHILD}:
        return FAMILY
    name = "-".join(f"{part:x}" for part in parts)
    return SPELT_OUT.get(name, name)


def class_of(codes: tuple[int, ...]) -> str:
    """A coarse class, by the first code point. A keycap or any flag sequence is found by it as well."""
    for name, blocks in BLOCKS:
        for block in blocks.split():
            first, _, last = block.partition("-")
            if int(first, 16) <= codes[0] <= int(last or first, 16):
                return name
    return "object"


def caption_of(codes: tuple[int, ...]) -> str:
    """Unicode's names, in lower case; a skin tone follows its person."""
    if all(0x1F1E6 <= code <= 0x1F1FF for code in codes):
        return "flag " + "".join(chr(code - 0x1F1E6 + ord("a")) for code in codes)
    words = []
    for code in codes:
        if code in TONES:
            words.append(f"{TONES[code]} skin")
        elif code == KEYCAP:
            words.append("keycap")
        elif code not in SELECTORS and code != JOINER and code < 0xE0000:  # beyond: the letters of a flag's name
            words.append(unicodedata.name(chr(code), f"character {code:x}").lower().replace("sign", "").strip())
    return " ".join(words)
