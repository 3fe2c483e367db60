"""The peers of the benchmark, each at its best: what is not installed, or cannot do a case, says why (`Peers.Unable`)."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

Call = Callable[[int], Any]

NAMES = ["torch", "torch grouped", "onnxruntime mha", "onnxruntime gqa", "openvino", "blas"]


class Peers:
    class Unable(Exception):
        """The reason why a peer is not measured."""

    def __init__(self, hone: Any) -> None:
        self.hone = hone
        makers = (self.torch, self.torch_grouped, self.onnx_mha, self.onnx_gqa, self.openvino, self.blas)
        self.table: dict[str, Callable[..., Call]] = dict(zip(NAMES, makers))

    def compare(self, value: Any, problem: Any) -> None:
        """Both compute the same, as far as their types let them."""
        self.hone.seconds(problem, 1, 1)
        if hasattr(value, "float"):
            value = value.float()
        elif callable(value):
            value = value()
        ours, theirs = problem.output(), np.asarray(value, dtype=np.float32).reshape(problem.output().shape)
        worst = float(np.max(np.abs(ours - theirs)))
        if not worst <= (2e-3 if problem.types == "f32" else 6e-2):
            raise Peers.Unable(f"its result differs by {worst:.1e}")

    def floats(self, problem: Any) -> tuple[Any, list[Any], list[Any]]:
        if problem.types != "f32":
            raise Peers.Unable("measured in f32 only")
        return problem.q, problem.k, problem.v

    # ---- PyTorch ----

    def tensors(self, problem: Any, cores: int) -> tuple[Any, Any, list[Any], list[Any]]:
        try:
            import torch
        except ImportError:
            raise Peers.Unable("torch is not installed") from None
        torch.set_num_threads(cores)

        def turn(x: Any) -> Any:
            tensor = torch.from_numpy(x.view(np.int16) if x.dtype == np.uint16 else x)
            return tensor.view(torch.bfloat16) if x.dtype == np.uint16 else tensor

        return torch, turn(problem.q), [turn(k) for k in problem.k], [turn(v) for v in problem.v]

    def torch(self, case: Any, types: str, problem: Any, cores: int) -> Call:
        torch, q, k, v = self.tensors(problem, cores)
        attend = torch.nn.functional.scaled_dot_product_attention
        grouped = case.heads != case.kv_heads

        def call(i: int) -> Any:
            torch.set_num_threads(cores)
            with torch.no_grad():
                return attend(q, k[i], v[i], is_causal=case.causal, enable_gqa=grouped)

        return call

    def torch_grouped(self, case: Any, types: str, problem: Any, cores: int) -> Call:
        """The query heads of a group as queries of one head: what a user writes who wants the cache read once."""
        if case.heads == case.kv_heads or case.lq > 1:
            raise Peers.Unable("for decoding with grouped heads only")
        torch, q, k, v = self.tensors(problem, cores)
        q = q.view(case.batch, case.kv_heads, case.heads // case.kv_heads, case.dim)

        def call(i: int) -> Any:
            torch.set_num_threads(cores)
            with torch.no_grad():
                return torch.nn.functional.scaled_dot_product_attention(q, k[i], v[i])

        return call

    # ---- ONNX Runtime ----

    def session(self, cores: int, operator: str, inputs: list[tuple[str, list[int]]], outputs: list[str], ints: set[str], **attributes: Any) -> Any:
        try:
            import onnx
            import onnxruntime
        except ImportError as error:
            raise Peers.Unable(f"{error.name} is not installed") from None
        helper, kind = onnx.helper, onnx.TensorProto
        node = helper.make_node(operator, [n for n, _ in inputs], outputs, domain="com.microsoft", **attributes)
        values = [helper.make_tensor_value_info(n, kind.INT32 if n in ints else kind.FLOAT, s) for n, s in inputs if n]
        results = [helper.make_tensor_value_info(n, kind.FLOAT, None) for n in outputs]
        graph = helper.make_graph([node], "attention", values, results)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = cores
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def onnx_mha(self, case: Any, types: str, problem: Any, cores: int) -> Call:
        q, k, v = self.floats(problem)
        if case.heads != case.kv_heads:
            raise Peers.Unable("MultiHeadAttention has no groups")
        width = case.heads * case.dim
        shapes = [("q", [case.batch, case.lq, width]), ("k", [case.batch, case.lk, width]), ("v", [case.batch, case.lk, width])]
        session = self.session(cores, "MultiHeadAttention", shapes, ["o"], set(), num_heads=case.heads, unidirectional=int(case.causal))

        def flat(x: Any) -> Any:
            return np.ascontiguousarray(x.transpose(0, 2, 1, 3)).reshape(case.batch, -1, width)

        feeds = [{"q": flat(q), "k": flat(k[i]), "v": flat(v[i])} for i in range(problem.copies)]
        shape = (case.batch, case.lq, case.heads, case.dim)
        # Transposed back for the comparison as a view: it costs nothing.
        return lambda i: session.run(None, feeds[i])[0].reshape(shape).transpose(0, 2, 1, 3)

    def onnx_gqa(self, case: Any, types: str, problem: Any, cores: int) -> Call:
        """Past and present share their memory, as a model that decodes has them."""
        q, k, v = self.floats(problem)
        if not (case.causal or case.lq == 1):
            raise Peers.Unable("GroupQueryAttention is causal")
        import onnxruntime

        past = case.lk - case.lq
        cache = [case.batch, case.kv_heads, case.lk, case.dim]
        inputs = [("q", [case.batch, case.lq, case.heads * case.dim]), ("k", [case.batch, case.lq, case.kv_heads * case.dim]),
                  ("v", [case.batch, case.lq, case.kv_heads * case.dim]), ("past_k", cache), ("past_v", cache), ("seqlens", [case.batch]),
                  ("total", [1])]  # fmt: skip
        session = self.session(cores, "GroupQueryAttention", inputs, ["o", "present_k", "present_v"], {"seqlens", "total"},
                               num_heads=case.heads, kv_num_heads=case.kv_heads)  # fmt: skip

        def flat(x: Any) -> Any:
            return np.ascontiguousarray(x.transpose(0, 2, 1, 3)).reshape(case.batch, case.lq, -1)

        out = onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros((case.batch, case.lq, case.heads * case.dim), np.float32))
        bindings = []
        for i in range(problem.copies):
            binding = session.io_binding()
            caches = [onnxruntime.OrtValue.ortvalue_from_numpy(x) for x in (k[i], v[i])]
            values = {"q": flat(q), "k": flat(k[i][:, :, past:]), "v": flat(v[i][:, :, past:]),
                      "seqlens": np.full(case.batch, case.lk - 1, np.int32), "total": np.array([case.lk], np.int32)}  # fmt: skip
            for name, value in values.items():
                binding.bind_cpu_input(name, value)
            for name, value in zip(("k", "v"), caches):
                binding.bind_ortvalue_input(f"past_{name}", value)
                binding.bind_ortvalue_output(f"present_{name}", value)
            binding.bind_ortvalue_output("o", out)
            bindings.append((binding, caches, values))

        def call(i: int) -> Any:
            session.run_with_iobinding(bindings[i][0])
            return lambda: out.numpy().reshape(case.batch, case.lq, case.heads, case.dim).transpose(0, 2, 1, 3)

        return call

    # ---- OpenVINO ----

    def openvino(self, case: Any, types: str, problem: Any, cores: int) -> Call:
        try:
            import openvino
            from openvino import opset13
        except ImportError:
            raise Peers.Unable("openvino is not installed") from None
        if case.heads != case.kv_heads:
            raise Peers.Unable("ScaledDotProductAttention has no groups")
        kind = openvino.Type.f32 if types == "f32" else openvino.Type.bf16
        shape = [case.batch, case.heads, case.lq, case.dim]
        q = opset13.parameter(shape, kind)
        k, v = (opset13.parameter([case.batch, case.heads, case.lk, case.dim], kind) for _ in range(2))
        model = openvino.Model([opset13.scaled_dot_product_attention(q, k, v, causal=case.causal)], [q, k, v])
        hints = {"INFERENCE_NUM_THREADS": cores, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": types}
        request = openvino.Core().compile_model(model, "CPU", hints).create_infer_request()

        def turn(x: Any) -> Any:
            return openvino.Tensor(x) if types == "f32" else openvino.Tensor(x, openvino.Shape(x.shape), kind)

        sets = [[turn(problem.q), turn(problem.k[i]), turn(problem.v[i])] for i in range(problem.copies)]

        def call(i: int) -> Any:
            for index, tensor in enumerate(sets[i]):
                request.set_input_tensor(index, tensor)
            request.infer()
            out = request.get_output_tensor(0)
            if out.element_type == openvino.Type.bf16:
                return lambda: (out.data.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
            return out.data

        return call

    # ---- The plain formula ----

    def blas(self, case: Any, types: str, problem: Any, cores: int) -> Call:
        q, k, v = self.floats(problem)
        try:
            from threadpoolctl import threadpool_limits
        except ImportError:
            raise Peers.Unable("threadpoolctl is not installed") from None
        group = case.heads // case.kv_heads
        grouped = q.reshape(case.batch, case.kv_heads, group * case.lq, case.dim)
        hidden = np.triu(np.full((case.lq, case.lk), -np.inf, np.float32), case.lk - case.lq + 1) if case.causal else None
        scale = np.float32(case.dim**-0.5)

        def call(i: int) -> Any:
            with threadpool_limits(cores, "blas"):
                s = (grouped @ k[i].transpose(0, 1, 3, 2)) * scale
                if hidden is not None:
                    s = (s.reshape(case.batch, case.heads, case.lq, case.lk) + hidden).reshape(s.shape)
                s -= s.max(axis=-1, keepdims=True)
                np.exp(s, out=s)
                s /= s.sum(axis=-1, keepdims=True)
                return s @ v[i]

        return call
