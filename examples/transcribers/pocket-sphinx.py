#!/usr/bin/env python3
"""Transcribes with PocketSphinx, whose package brings an English model: pip install pocketsphinx

    cargo run --example server -- --transcriber "python3 examples/transcribers/pocket-sphinx.py"

Small and fast, but exact only with a grammar of what may be said:
--grammar FILE names one in the Java Speech Grammar Format.
"""

import argparse
import collections
import json
import math
import os
import sys

from pocketsphinx import Decoder, Vad


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grammar", metavar="FILE", help="what may be said, as JSGF")
    parser.add_argument("--pause", type=float, default=0.6, metavar="SECONDS",
                        help="silence that ends an utterance (default: %(default)s)")
    arguments = parser.parse_args()

    rate = int(os.environ.get("EVERLINE_SAMPLE_RATE", "16000"))
    # Without a grammar, the language model that comes with the package.
    words = {"jsgf": arguments.grammar} if arguments.grammar else {}
    decoder = Decoder(samprate=rate, loglevel="ERROR", **words)
    voice = Vad(sample_rate=rate)
    # The beginning of a word may be too soft to count as speech.
    before = collections.deque(maxlen=math.ceil(0.3 / voice.frame_length))

    said = None  # What was told last of this utterance; None between two of them.
    silence = 0.0
    while len(frame := sys.stdin.buffer.read(voice.frame_bytes)) == voice.frame_bytes:
        is_speech = voice.is_speech(frame)
        before.append(frame)
        if said is None:
            if not is_speech:
                continue
            decoder.start_utt()
            said, frame = "", b"".join(before)
        decoder.process_raw(frame)
        silence = 0.0 if is_speech else silence + voice.frame_length
        if silence >= arguments.pause:
            finish(decoder)
            said = None
        elif (text := hypothesis(decoder)) != said:
            tell(text, final=False)
            said = text
    if said is not None:
        if frame:
            decoder.process_raw(frame)
        finish(decoder)


def finish(decoder):
    decoder.end_utt()
    tell(hypothesis(decoder), final=True)


def hypothesis(decoder):
    best = decoder.hyp()
    return best.hypstr if best else ""


def tell(text, final):
    print(json.dumps({"text": text, "final": final}), flush=True)


if __name__ == "__main__":
    main()
