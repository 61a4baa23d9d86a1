import importlib
import threading
from concurrent.futures import wait
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from secondsight.errors import ModelError
from secondsight.sentinel.runtime.base import Pixels
from secondsight.sentinel.runtime.opening import describe, open_runtime
from secondsight.sentinel.runtime.openvino import _Sizes
from tests.sentinel.graphs import constant_model, echo_model, failing_model, rt_detr_model
from tests.sentinel.rig import wait_until
from tests.table import table

RUNTIMES = ["openvino", "onnxruntime"]
CONVERSIONS = [
    Pixels("bgr", "stretch"),
    Pixels("rgb", "stretch", divisor=255.0),
    Pixels("rgb", "stretch", divisor=255.0, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    Pixels("bgr", "stretch", mean=(127.5, 127.5, 127.5), std=(127.5, 127.5, 127.5)),
]


def random_pixels(*shape: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, shape, np.uint8)


@table("runtime", RUNTIMES)
@table("pixels", CONVERSIONS, ids=lambda p: f"{p.order}-{p.divisor:g}-{p.std[0]:g}")
@table("kind", [TensorProto.FLOAT, TensorProto.FLOAT16], ids=["float", "half"])
def test_pixels_reach_the_model_as_its_family_declares(tmp_path, runtime, pixels, kind):
    model = open_runtime(echo_model(tmp_path / "m.onnx", kind=kind), runtime, pixels=pixels)
    batch = random_pixels(1, 4, 6, 3)
    (got,) = model.submit(batch).result(60)
    model.close()
    expected = (batch / pixels.divisor - np.array(pixels.mean)) / np.array(pixels.std)
    assert got.dtype == np.float32
    tolerance = 1e-4 if kind == TensorProto.FLOAT else 2e-3 * np.abs(expected).max()
    assert np.allclose(got, expected.transpose(0, 3, 1, 2), atol=tolerance)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_specs_tell_what_goes_in_and_comes_out(tmp_path, runtime):
    path = constant_model(tmp_path / "m.onnx", {"output": np.zeros((1, 84, 6), np.float32)})
    model = open_runtime(path, runtime, pixels=CONVERSIONS[0])
    assert model.input == ("images", (1, 64, 64, 3), "uint8")
    assert model.outputs == (("output", (1, 84, 6), "float32"),)
    assert model.slots >= 1
    assert model.max_batch == 1
    model.close()


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_without_pixels_the_tensor_is_the_models_own(tmp_path, runtime):
    model = open_runtime(echo_model(tmp_path / "m.onnx"), runtime)
    tensor = np.random.default_rng(1).normal(size=(1, 3, 4, 6)).astype(np.float32)
    assert np.array_equal(model.submit(tensor).result(60)[0], tensor)
    model.close()


@table("runtime", RUNTIMES)
@table("count", [1, 2, 3])
def test_a_file_with_a_fixed_batch_takes_fewer_pictures_too(tmp_path, runtime, count):
    model = open_runtime(echo_model(tmp_path / "m.onnx", (3, 3, 4, 6)), runtime, pixels=CONVERSIONS[0])
    batch = random_pixels(count, 4, 6, 3)
    (got,) = model.submit(batch).result(60)
    assert model.max_batch == 3
    assert np.array_equal(got, batch.transpose(0, 3, 1, 2))
    model.close()


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_many_at_once_each_get_their_own_answer(tmp_path, runtime):
    model = open_runtime(echo_model(tmp_path / "m.onnx"), runtime, pixels=CONVERSIONS[0])
    batches = [np.full((1, 4, 6, 3), value, np.uint8) for value in range(200)]
    futures = [model.submit(batch) for batch in batches]
    kept = [future.result(60)[0] for future in futures]
    assert [array.max() for array in kept] == list(range(200))
    assert [array.min() for array in kept] == list(range(200))
    model.close()


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_read_makes_the_result_and_its_failure_travels(tmp_path, runtime):
    model = open_runtime(echo_model(tmp_path / "m.onnx"), runtime, pixels=CONVERSIONS[0])
    batch = np.full((1, 4, 6, 3), 9, np.uint8)
    assert model.submit(batch, lambda outputs: float(outputs[0].sum())).result(60) == 9 * 72

    def broken(outputs):
        raise LookupError("not today")

    assert isinstance(model.submit(batch, broken).exception(10), LookupError)
    assert model.submit(batch).result(60)[0].max() == 9
    model.close()


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_failing_inference_travels_and_the_next_one_works(tmp_path, runtime):
    model = open_runtime(failing_model(tmp_path / "m.onnx"), runtime, pixels=CONVERSIONS[0])
    good, bad = np.full((1, 8, 8, 3), 3, np.uint8), np.full((1, 8, 8, 3), 200, np.uint8)
    futures = [model.submit(batch) for batch in (bad, good, bad, bad, bad, bad, bad, good)]
    wait(futures, 20)
    failed = [future.exception(10) is not None for future in futures]
    assert failed == [True, False, True, True, True, True, True, False]
    model.close()


@table("runtime", RUNTIMES)
@table(
    "batch",
    [
        np.zeros((1, 4, 6, 3), np.float32),
        np.zeros((1, 6, 4, 3), np.uint8),
        np.zeros((2, 4, 6, 3), np.uint8),
        np.zeros((4, 6, 3), np.uint8),
    ],
    ids=["float", "turned", "too many", "no batch"],
)
def test_a_wrong_tensor_is_refused_with_both_shapes(tmp_path, runtime, batch):
    model = open_runtime(echo_model(tmp_path / "m.onnx"), runtime, pixels=CONVERSIONS[0])
    error = model.submit(batch).exception(10)
    assert isinstance(error, ValueError)
    assert "1x4x6x3" in str(error)
    model.close()


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_close_finishes_what_runs_and_fails_what_waits(tmp_path, runtime):
    others = set(threading.enumerate())  # models that other tests keep open have threads, too
    model = open_runtime(echo_model(tmp_path / "m.onnx"), runtime, pixels=CONVERSIONS[0])
    started, go_on = threading.Event(), threading.Event()

    def slow(outputs):
        started.set()
        assert go_on.wait(60)
        return "done"

    batch = np.zeros((1, 4, 6, 3), np.uint8)
    running = [model.submit(batch, slow) for _ in range(model.slots)]
    waiting = [model.submit(batch) for _ in range(20)]
    assert started.wait(60)
    closer = threading.Thread(target=model.close)
    closer.start()
    for future in waiting:
        assert isinstance(future.exception(10), ModelError)
    go_on.set()
    closer.join(60)
    assert not closer.is_alive()
    assert "done" in [future.result(0) for future in running if not future.exception(0)]
    assert isinstance(model.submit(batch).exception(0), ModelError)
    model.close()
    wait_until(
        lambda: not [one for one in set(threading.enumerate()) - others if one.name.startswith(runtime)]
    )


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_cancelled_future_is_passed_over(tmp_path, runtime):
    model = open_runtime(echo_model(tmp_path / "m.onnx"), runtime, pixels=CONVERSIONS[0])
    go_on = threading.Event()
    batch = np.zeros((1, 4, 6, 3), np.uint8)
    blocking = [model.submit(batch, lambda outputs: go_on.wait(60)) for _ in range(model.slots)]
    cancelled = model.submit(batch)
    last = model.submit(batch)
    assert cancelled.cancel()
    go_on.set()
    assert last.result(60)
    assert all(future.result(60) for future in blocking)
    model.close()


def test_a_window_that_is_being_compiled_holds_up_no_other():
    begun, go_on, compiled = threading.Event(), threading.Event(), []

    def compile(shape):
        compiled.append(shape)
        if shape == (1,):
            begun.set()
            assert go_on.wait(60)
        return shape

    sizes, answers = _Sizes(compile), []
    threads = [threading.Thread(target=lambda: answers.append(sizes[1,]), daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    other = threading.Thread(target=lambda: sizes[2,], daemon=True)
    other.start()
    other.join(60)
    assert not other.is_alive()
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert answers == [(1,), (1,)]
    assert compiled == [(1,), (2,)], "each once"


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_other_inputs_take_their_constants(tmp_path, runtime):
    boxes = np.array([[[0.25, 0.5, 0.5, 1.0]]], np.float32)
    labels, scores = np.array([[2]], np.int64), np.array([[0.5]], np.float32)
    path = rt_detr_model(tmp_path / "m.onnx", labels, boxes, scores)
    sizes = {"orig_target_sizes": np.array([[96, 64]], np.int64)}
    model = open_runtime(path, runtime, pixels=CONVERSIONS[1], constants=sizes)
    outputs = model.submit(np.zeros((1, 64, 96, 3), np.uint8)).result(60)
    assert outputs[[spec.name for spec in model.outputs].index("boxes")].tolist() == [[[24, 32, 48, 64]]]
    model.close()


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_open_sizes_are_settled(tmp_path, runtime):
    path = echo_model(tmp_path / "m.onnx", ("batch", 3, "height", "width"))
    model = open_runtime(path, runtime, pixels=CONVERSIONS[0], size=(10, 6))
    assert model.input.shape[1:] == (6, 10, 3)
    assert model.submit(random_pixels(1, 6, 10, 3)).result(60)[0].shape == (1, 3, 6, 10)
    model.close()


def test_another_size_than_a_files_own_is_refused_where_it_cannot_be(tmp_path):
    path = echo_model(tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="pictures of 6x4 only"):
        open_runtime(path, "onnxruntime", pixels=CONVERSIONS[0], size=(10, 6))
    model = open_runtime(path, "openvino", pixels=CONVERSIONS[0], size=(10, 6))
    assert model.input.shape == (1, 6, 10, 3)
    model.close()


def test_describe_reads_names_shapes_properties_and_operators(tmp_path):
    path = constant_model(
        tmp_path / "m.onnx",
        {"output0": np.zeros((1, 6, 84), np.float32)},
        shape=("batch", 3, "height", "width"),
        metadata={"imgsz": "[96, 64]", "names": "{0: 'hat'}"},
        operators=("Exp",),
    )
    info = describe(path)
    assert info.inputs == (("images", (1, 3, 96, 64), "float32"),)
    assert info.outputs == (("output0", (1, 6, 84), "float32"),)
    assert info.size == (64, 96)
    assert info.metadata["names"] == "{0: 'hat'}"
    assert "Exp" in info.operators
    assert describe(path, (32, 16)).size == (32, 16)


@table(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS"),
        (b"PK\x03\x04 a zip", "does not begin like one"),
        (None, "incomplete"),
    ],
)
def test_what_is_no_model_is_named(tmp_path, content, words):
    path = tmp_path / "m.onnx"
    if content is None:
        whole = constant_model(path, {"output": np.zeros((1, 1000), np.float32)}).read_bytes()
        content = whole[: len(whole) // 2]
    path.write_bytes(content)
    for read in (describe, open_runtime):
        with pytest.raises(ModelError, match=words):
            read(path)


def test_a_model_without_a_picture_is_refused(tmp_path):
    path = constant_model(tmp_path / "m.onnx", {"output": np.zeros(1, np.float32)}, shape=(1, 16))
    with pytest.raises(ModelError, match="no picture input"):
        describe(path).size  # noqa: B018


@pytest.mark.parametrize(
    ("runtime", "device", "words"),
    [
        ("openvino", "GPU.7", "finds no device `GPU.7`"),
        ("onnxruntime", "FPGA", "knows no device `FPGA`; choose CPU"),
        ("onnxruntime", "CUDA:x", "is no device"),
        ("tensorflow", "CPU", "unknown runtime `tensorflow`"),
    ],
)
def test_a_bad_device_or_runtime_says_what_to_choose(tmp_path, runtime, device, words):
    with pytest.raises(ModelError, match=words):
        open_runtime(echo_model(tmp_path / "m.onnx"), runtime, device)


def test_a_device_without_its_provider_names_the_package(tmp_path):
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime can use CUDA")
    for runtime in ("onnxruntime", "auto"):
        with pytest.raises(ModelError, match="pip install onnxruntime-gpu"):
            open_runtime(echo_model(tmp_path / "m.onnx"), runtime, "CUDA:0")


def test_a_missing_onnxruntime_names_the_extra(tmp_path, monkeypatch):
    def absent(name: str):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(ModelError, match=r"pip install 'secondsight\[onnxruntime\]'"):
        open_runtime(echo_model(tmp_path / "m.onnx"), "onnxruntime")


def test_a_missing_file_is_named():
    with pytest.raises(ModelError, match=r"nowhere\.onnx"):
        open_runtime(Path("nowhere.onnx"))


def test_auto_takes_openvino_on_a_cpu(tmp_path):
    model = open_runtime(echo_model(tmp_path / "m.onnx"))
    assert type(model).__name__ == "OpenVinoRuntime"
    model.close()


@pytest.mark.parametrize(
    "device", ["CPU", *(pytest.param(d, marks=pytest.mark.slow) for d in ("AUTO", "HETERO:CPU"))]
)
def test_results_are_those_of_single_precision_whatever_the_processor_has(data_dir, device):
    path = data_dir / "models" / "yolox_nano.onnx"
    picture = np.random.default_rng(5).uniform(0, 255, (1, 3, 416, 416)).astype(np.float32)
    found = []
    for runtime, where in (("openvino", device), ("onnxruntime", "CPU")):
        model = open_runtime(path, runtime, where)
        found.append(model.submit(picture).result(30)[0])
        model.close()
    ours, other = found
    assert np.allclose(ours, other, rtol=1e-3, atol=1e-2)
