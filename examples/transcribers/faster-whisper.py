#!/usr/bin/env python3
"""Transcribes with faster-whisper: pip install faster-whisper

    cargo run --example server -- --transcriber "python3 examples/transcribers/faster-whisper.py"

The first run downloads the model (--model: a size such as tiny, small, large-v3, or a folder).
Tried with version 1.2.1 and the model tiny.en, by hand: the tests have no model.
"""

import argparse
import json
import os
import sys

import numpy
from faster_whisper import WhisperModel

RATE = 16_000
# What ends so long before the newest audio will not change any more …
SETTLED = 1.0
# … and longer than this Whisper cannot listen at once, so it has to be settled by then.
LONGEST = 25.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="small", help="size or folder (default: %(default)s)")
    parser.add_argument("--device", default="auto", help="cpu, cuda or auto (default: %(default)s)")
    parser.add_argument("--compute-type", default="default", help="such as int8 or float16")
    parser.add_argument("--step", type=float, default=1.0, metavar="SECONDS",
                        help="new audio between two looks at it (default: %(default)s)")
    arguments = parser.parse_args()
    if os.environ.get("EVERLINE_SAMPLE_RATE", str(RATE)) != str(RATE):
        sys.exit(f"Whisper listens at {RATE} Hz only: send the audio at that rate")

    model = WhisperModel(arguments.model, device=arguments.device,
                         compute_type=arguments.compute_type)
    # "en-GB" is "en" to Whisper; without a language it guesses.
    language = os.environ.get("EVERLINE_SOURCE_LANGUAGE", "").split("-")[0] or None

    audio = numpy.zeros(0, numpy.float32)  # What is not settled yet.
    said = ""
    is_last = False
    while not is_last:
        pcm = sys.stdin.buffer.read(2 * int(arguments.step * RATE))
        is_last = len(pcm) < 2 * int(arguments.step * RATE)
        audio = numpy.append(audio, numpy.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2") / 32768)
        segments = listen(model, audio.astype(numpy.float32), language)

        length = len(audio) / RATE
        latest = length if is_last or length > LONGEST else length - SETTLED
        settled = [segment for segment in segments if segment.end <= latest]
        for segment in settled:
            tell(segment.text, final=True)
        if settled:
            audio, said = audio[int(settled[-1].end * RATE):], ""
        elif not segments:
            # Silence; its end may be the beginning of a word.
            audio = audio[-int(SETTLED * RATE):]
        text = " ".join(segment.text.strip() for segment in segments[len(settled):])
        if text != said and not is_last:
            tell(text, final=False)
            said = text


def listen(model, audio, language):
    segments, _ = model.transcribe(audio, language=language, vad_filter=True,
                                   condition_on_previous_text=False)
    return list(segments)


def tell(text, final):
    print(json.dumps({"text": text.strip(), "final": final}), flush=True)


if __name__ == "__main__":
    main()
