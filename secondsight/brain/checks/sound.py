"""Reads recordings of any format, and separates silence from possible speech."""

import io
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from secondsight.brain.transcribing import SAMPLE_RATE, Sound
from secondsight.errors import SourceError

_FRAME = SAMPLE_RATE * 30 // 1000
"""Samples of 30 ms."""
_QUIET = 10 ** (-50 / 20)
"""Loudness, relative to the loudest possible, below which nobody speaks."""
_ABOVE_NOISE = 10 ** (8 / 20)
"""How much louder than the background speech is."""
_LEAST = 5
"""Loud frames that a word has: 0.15 s."""
_MOST_BYTES = 50_000_000


def read_sound(file: Path, longest: float) -> Sound:
    """A recording as a model of speech takes it.

    Args:
        longest: seconds.

    Raises:
        SourceError: there is no such file, it holds no sound, or it is too long.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise SourceError(
                f"{file}: larger than {_MOST_BYTES // 10**6} MB; record a question, not a lecture"
            )
        samples = _decoded(file, longest)
    except OSError as error:
        raise SourceError(f"{file}: cannot be read as sound: {error.strerror or error}") from None
    return Sound(samples, speaks(samples))


def _decoded(file: Path, longest: float) -> NDArray[np.float32]:
    import av

    try:
        with av.open(str(file), metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise SourceError(f"{file}: there is no sound in it")
            resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            parts: list[NDArray[np.float32]] = []
            count = 0
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    parts.append(piece.to_ndarray().reshape(-1).astype(np.float32))
                    count += len(parts[-1])
                if count > longest * SAMPLE_RATE:
                    raise SourceError(f"{file}: longer than {longest:g} s; ask one question at a time")
            parts += [piece.to_ndarray().reshape(-1).astype(np.float32) for piece in resampler.resample(None)]
    except av.FFmpegError as error:
        raise SourceError(f"{file}: cannot be read as sound: {error.strerror}") from None
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def speaks(samples: NDArray[np.float32]) -> bool:
    """Whether there may be speech: some frames are loud, and louder than the background.

    It lets pass what is in doubt; a model's own detection of voices comes after it.
    """
    count = len(samples) // _FRAME
    if count == 0:
        return False
    frames = samples[: count * _FRAME].reshape(count, _FRAME).astype(np.float64)
    loudness = np.sqrt((frames**2).mean(axis=1))
    background = float(np.percentile(loudness, 10))
    loud = loudness > max(_QUIET, min(background * _ABOVE_NOISE, 0.1))
    return int(loud.sum()) >= _LEAST


def as_wav(samples: NDArray[np.float32]) -> bytes:
    """Sound as a WAV file of 16 bits, with nothing else in it."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    return target.getvalue()
