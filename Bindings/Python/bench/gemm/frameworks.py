"""Peers that are called from Python: PyTorch (with FBGEMM and oneDNN), ONNX Runtime and OpenVINO."""

from __future__ import annotations

import time
import warnings
from typing import Any, Callable, Iterator

import numpy as np

from shapes import Case

Makers = Iterator[tuple[str, Callable[[], Any]]]


class Calls:
    """Calls without arguments that take turns among copies of the weights."""

    def __init__(self, calls: list[Callable[[], Any]], as_array: Callable[[Any], np.ndarray]) -> None:
        self.calls, self.as_array = calls, as_array

    def time(self, count: int) -> float:
        calls, copies = self.calls, len(self.calls)
        start = time.perf_counter()
        for index in range(count):
            calls[index % copies]()
        return time.perf_counter() - start

    def result(self) -> np.ndarray:
        return self.as_array(self.calls[0]())


class Torch:
    name = "PyTorch"

    def __init__(self, threads: int) -> None:
        import torch

        warnings.simplefilter("ignore")
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.torch = torch

    def candidates(self, case: Case, a: np.ndarray, w: np.ndarray, copies: int) -> Makers:
        torch = self.torch
        weights, x = torch.from_numpy(w), torch.from_numpy(a)

        def linear(dtype: Any) -> Calls:
            stored = [weights.to(dtype, copy=True) for _ in range(copies)]
            return self.calls(stored, lambda v, given=x.to(dtype): torch.nn.functional.linear(given, v))

        def dynamic(engine: str, half: bool = False) -> Calls:
            torch.backends.quantized.engine = engine
            if half:
                packed = [torch.ops.quantized.linear_prepack_fp16(weights, None) for _ in range(copies)]
                return self.calls(packed, lambda v: torch.ops.quantized.linear_dynamic_fp16(x, v))
            scales = weights.abs().amax(1).double() / 127
            zeros = torch.zeros(case.n, dtype=torch.long)
            q = torch.quantize_per_channel(weights, scales, zeros, 0, torch.qint8)
            packed = [torch.ops.quantized.linear_prepack(q, None) for _ in range(copies)]
            # FBGEMM sums pairs in 16 bits: its activations keep to 7 bits unless the CPU has dot products.
            return self.calls(packed, lambda v: torch.ops.quantized.linear_dynamic(x, v, False))

        def int8_weights() -> Calls:
            scale = weights.abs().amax(1) / 127
            q = (weights / scale[:, None]).round().to(torch.int8)
            half, given = scale.bfloat16(), x.bfloat16()
            stored = [q.clone() for _ in range(copies)]
            return self.calls(stored, lambda v: torch._weight_int8pack_mm(given, v, half))

        def int4_weights() -> Calls:
            group, n, k = case.group, case.n, case.k
            scale = weights.view(n, -1, group).abs().amax(2) / 7
            q = (weights.view(n, -1, group) / scale[:, :, None]).round().add(8).clamp(0, 15).view(n, k).to(torch.int32)
            table = torch.stack([scale.t(), torch.zeros_like(scale.t())], 2).bfloat16().contiguous()
            pack = torch.ops.aten._convert_weight_to_int4pack_for_cpu
            stored = [pack(q, 1) for _ in range(copies)]
            given = x.bfloat16()
            multiply = torch.ops.aten._weight_int4pack_mm_for_cpu
            return self.calls(stored, lambda v: multiply(given, v, group, table))

        def products() -> Calls:
            """A batch: one call."""
            left = x.view(case.batch, case.m, case.k)
            right = weights.view(case.batch, case.n, case.k).transpose(1, 2)
            if not case.trans_b:
                right = right.contiguous()
            out = torch.empty(case.batch, case.m, case.n)
            return Calls(
                [lambda: torch.bmm(left, right, out=out)], lambda tensor: tensor.view(-1, case.n).numpy()
            )

        def whole() -> Calls:
            """Bytes to whole sums: torch has s8 times s8 only, which costs the same."""
            given = torch.from_numpy((a.astype(np.int16) - 128).astype(np.int8))
            shift = 128 * w.astype(np.int64).sum(1)
            stored = [weights.t().contiguous() for _ in range(copies)]
            return Calls(
                [lambda v=v: torch._int_mm(given, v) for v in stored], lambda tensor: tensor.numpy() + shift
            )

        if case.batch > 1:
            yield "PyTorch", products
            return
        table: dict[str, list[tuple[str, Callable[[], Calls]]]] = {
            "u8s8": [("PyTorch", whole)],
            "f32": [("PyTorch", lambda: linear(torch.float32))],
            "bf16": [("PyTorch", lambda: linear(torch.bfloat16))],
            "f16": [
                ("PyTorch", lambda: linear(torch.float16)),
                ("FBGEMM", lambda: dynamic("fbgemm", True)),
            ],
            "s8-dynamic": [
                ("FBGEMM", lambda: dynamic("fbgemm")),
                ("oneDNN (PyTorch)", lambda: dynamic("onednn")),
            ],
            "s8": [("PyTorch", int8_weights)],
            "s4": [("PyTorch", int4_weights)],
        }
        yield from table.get(case.kind, [])

    def calls(self, stored: list[Any], call: Callable[[Any], Any]) -> Calls:
        return Calls([lambda v=v: call(v) for v in stored], lambda tensor: tensor.float().numpy())


class OnnxRuntime:
    name = "ONNX Runtime"

    def __init__(self, threads: int) -> None:
        import onnx
        import onnxruntime

        self.onnx, self.runtime = onnx, onnxruntime
        self.options = onnxruntime.SessionOptions()
        self.options.intra_op_num_threads = threads
        self.options.inter_op_num_threads = 1
        self.options.log_severity_level = 3

    def candidates(self, case: Case, a: np.ndarray, w: np.ndarray, copies: int) -> Makers:
        if case.batch > 1:
            return
        if case.kind == "u8s8":
            yield self.name, lambda: self.sessions(
                case, a, copies, "MatMulInteger", {"B": np.ascontiguousarray(w.T)}
            )
        elif case.kind == "f32":
            yield self.name, lambda: self.sessions(case, a, copies, "MatMul", {"B": np.ascontiguousarray(w.T)})
        elif case.kind == "s8-dynamic":
            scale = (np.abs(w).max(1) / 127).astype(np.float32)
            q = np.ascontiguousarray(np.rint(w / scale[:, None]).astype(np.int8).T)
            inputs = {"B": q, "scale": scale, "zero": np.zeros(case.n, np.int8)}
            yield self.name, lambda: self.sessions(case, a, copies, "DynamicQuantizeMatMul", inputs, "com.microsoft")
        elif case.kind.startswith("s4"):
            level = 4 if case.kind == "s4-dynamic" else 1
            yield self.name, lambda: self.sessions(
                case, a, copies, "MatMulNBits", self.nibbles(case, w), "com.microsoft",
                K=case.k, N=case.n, bits=4, block_size=case.group, accuracy_level=level,
            )  # fmt: skip

    @staticmethod
    def nibbles(case: Case, w: np.ndarray) -> dict[str, np.ndarray]:
        blocks = w.reshape(case.n, -1, case.group)
        scale = np.abs(blocks).max(2) / 7
        q = (np.rint(blocks / scale[:, :, None]) + 8).astype(np.uint8)
        return {"B": q[:, :, 0::2] | (q[:, :, 1::2] << 4), "scales": scale.astype(np.float32)}

    def sessions(
        self, case: Case, a: np.ndarray, copies: int, op: str, constants: dict[str, np.ndarray], domain: str = "",
        **attributes: int,
    ) -> Calls:  # fmt: skip
        helper, numpy_helper = self.onnx.helper, self.onnx.numpy_helper
        types = self.onnx.TensorProto
        given, made = (types.UINT8, types.INT32) if case.kind == "u8s8" else (types.FLOAT, types.FLOAT)
        graph = helper.make_graph(
            [helper.make_node(op, ["A", *constants], ["C"], domain=domain, **attributes)],
            "gemm",
            [helper.make_tensor_value_info("A", given, [case.m, case.k])],
            [helper.make_tensor_value_info("C", made, [case.m, case.n])],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )
        versions = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=versions, ir_version=10).SerializeToString()
        result = np.zeros((case.m, case.n), np.int32 if case.kind == "u8s8" else np.float32)
        calls = []
        for _ in range(copies):
            session = self.runtime.InferenceSession(model, self.options, providers=["CPUExecutionProvider"])
            binding = session.io_binding()
            binding.bind_cpu_input("A", a)
            binding.bind_output("C", "cpu", 0, result.dtype, result.shape, result.ctypes.data)
            calls.append(lambda s=session, b=binding: s.run_with_iobinding(b))
        return Calls(calls, lambda _: result)


class OpenVINO:
    name = "OpenVINO"

    def __init__(self, threads: int) -> None:
        import openvino

        self.openvino, self.threads = openvino, threads
        self.core = openvino.Core()

    def candidates(self, case: Case, a: np.ndarray, w: np.ndarray, copies: int) -> Makers:
        if case.kind in ("f32", "bf16", "s8", "s4", "s4-dynamic") and case.batch == 1:
            yield self.name, lambda: self.requests(case, a, w, copies)

    def requests(self, case: Case, a: np.ndarray, w: np.ndarray, copies: int) -> Calls:
        ov = self.openvino
        ops = ov.opset13
        x = ops.parameter([case.m, case.k], np.float32)
        if case.kind.startswith("s"):
            weights = self.compressed(case, w)
        else:
            weights = ops.constant(w)
        model = ov.Model([ops.matmul(x, weights, False, True)], [x])
        settings = {"INFERENCE_NUM_THREADS": self.threads, "NUM_STREAMS": 1}
        settings["INFERENCE_PRECISION_HINT"] = "bf16" if case.kind == "bf16" else "f32"
        dynamic = case.group if case.kind == "s4-dynamic" else 0
        settings["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = dynamic
        calls, result = [], np.zeros((case.m, case.n), np.float32)
        for _ in range(copies):
            request = self.core.compile_model(model, "CPU", settings).create_infer_request()
            request.set_input_tensor(ov.Tensor(a, shared_memory=True))
            request.set_output_tensor(ov.Tensor(result, shared_memory=True))
            calls.append(lambda r=request: r.infer(share_outputs=True))
        return Calls(calls, lambda _: result)

    def compressed(self, case: Case, w: np.ndarray) -> Any:
        """Weights in few bits that the plug-in decompresses on its way: constant, conversion, scale."""
        ov, ops = self.openvino, self.openvino.opset13
        group = case.group or case.k
        blocks = w.reshape(case.n, -1, group)
        largest = 127 if case.kind == "s8" else 7
        scale = np.abs(blocks).max(2, keepdims=True) / largest
        q = np.rint(blocks / scale)
        if case.kind == "s8":
            stored = ops.constant(q.reshape(w.shape).astype(np.int8))
            return ops.multiply(ops.convert(stored, np.float32), ops.constant(scale.reshape(-1, 1).astype(np.float32)))
        codes = (q + 8).astype(np.uint8)
        packed = np.ascontiguousarray(codes[:, :, 0::2] | (codes[:, :, 1::2] << 4)).reshape(-1)
        stored = ops.constant(ov.Tensor(packed, codes.shape, ov.Type.u4))
        floats = ops.subtract(ops.convert(stored, np.float32), ops.constant(np.float32(8)))
        return ops.reshape(ops.multiply(floats, ops.constant(scale.astype(np.float32))), list(w.shape), False)


def available(threads: int, absent: dict[str, str]) -> list[Any]:
    found = []
    for kind in (Torch, OnnxRuntime, OpenVINO):
        try:
            found.append(kind(threads))
        except Exception as error:  # a peer that does not load is no reason to stop
            absent[kind.name] = str(error).splitlines()[0]
    return found
