"""Where the neural models' files are: inside pipecat's wheel, read without running its code."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

import onnxruntime

from voiceagent.errors import OwnerFixable

SILERO: Final = "audio/vad/data/silero_vad.onnx"
SMART_TURN: Final = "audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx"


def wheel_file(relative: str) -> Path:
    """Path of a data file in the installed pipecat package.

    Looks the package up without importing it: the media plane uses its files, not its code.

    Raises:
        OwnerFixable: ``media.model_missing`` when the package or the file is not there.
    """
    spec = find_spec("pipecat")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(folder) / relative
        if path.is_file():
            return path
    raise OwnerFixable(
        "media.model_missing", f"{relative} is not installed", where="package pipecat-ai"
    )


def open_session(path: Path) -> onnxruntime.InferenceSession:
    """An ONNX session that uses the calling thread and no other.

    One thread per session: inference must not steal the core of the frame scheduler, and thread
    pools of many small sessions would.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )
