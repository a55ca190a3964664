"""Tokens by MeCab for Korean, as a yardstick: reads lines, writes their morphemes separated by spaces.

pip install python-mecab-ko (brings its dictionary as a wheel); see docs/decisions/0020-search-of-people.md.
"""

import sys

from mecab import MeCab

# Particles, endings, punctuation: what a search for Korean leaves out.
LEFT_OUT = ("J", "E", "S", "X", "VC")


def main():
    mecab = MeCab()
    for line in sys.stdin:
        morphemes = mecab.pos(line.strip().lower())
        kept = [word for word, tag in morphemes if not tag.startswith(LEFT_OUT) or tag in ("SL", "SN", "XR", "XPN")]
        print(" ".join(word.replace(" ", "") for word in kept))


if __name__ == "__main__":
    main()
