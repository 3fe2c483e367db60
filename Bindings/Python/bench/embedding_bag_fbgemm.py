"""FBGEMM's table-batched inference operator (fbgemm-gpu-cpu) as a peer of embedding_bag.py: one table, called as its module does, without the module.

Version 1.8.0 is the one that loads with PyTorch 2.13. Rows of bytes and nibbles have scale and bias in binary16 before them (Hone: u8f16, u4f16
with scales first), so such a table is a second one, of the same number of rows; floats are read from the table that the others read.
"""

from __future__ import annotations

from typing import Any

from pages import anonymous

KINDS = {"f32": "FP32", "f16": "FP16", "u8f32": "INT8", "u4f16": "INT4"}


def missing() -> str | None:
    """Why there is no such peer here."""
    try:
        import fbgemm_gpu  # noqa: F401
    except (ImportError, OSError) as error:
        return str(error).splitlines()[0]
    return None


class Batched:
    """The operator on one table; call it with indices and borders (one more than bags)."""

    def __init__(self, torch: Any, types: str, dim: int, table: Any, pages: str) -> None:
        from fbgemm_gpu.split_embedding_configs import SparseType
        from fbgemm_gpu.split_table_batched_embeddings_ops_common import EmbeddingLocation, PoolingMode
        from fbgemm_gpu.split_table_batched_embeddings_ops_inference import IntNBitTableBatchedEmbeddingBagsCodegen

        kind = getattr(SparseType, KINDS[types])
        output = SparseType.FP16 if types == "f16" else SparseType.FP32
        module = IntNBitTableBatchedEmbeddingBagsCodegen(
            [("table", table.rows, dim, kind, EmbeddingLocation.HOST)], device="cpu", output_dtype=output, pooling_mode=PoolingMode.SUM)
        module.initialize_weights()
        if types in ("f32", "f16"):
            module.weights_host = table.tensor.view(torch.uint8).view(-1)
        else:
            self.mapping, module.weights_host = self._scaled(torch, types, dim, table.rows, pages, module.weights_host.numel())
        self.arguments = dict(
            dev_weights=module.weights_host, uvm_weights=module.weights_uvm, weights_placements=module.weights_placements,
            weights_offsets=module.weights_offsets, weights_tys=module.weights_tys, D_offsets=module.D_offsets, total_D=module.total_D,
            max_int2_D=module.max_int2_D, max_int4_D=module.max_int4_D, max_int8_D=module.max_int8_D,
            max_float16_D=module.max_float16_D, max_float32_D=module.max_float32_D, pooling_mode=int(module.pooling_mode),
            indice_weights=None, output_dtype=module.output_dtype, lxu_cache_weights=module.lxu_cache_weights,
            lxu_cache_locations=None, row_alignment=module.row_alignment, max_float8_D=module.max_float8_D,
            fp8_exponent_bits=module.fp8_exponent_bits, fp8_exponent_bias=module.fp8_exponent_bias)
        self.module, self.operator = module, torch.ops.fbgemm.int_nbit_split_embedding_codegen_lookup_function

    @staticmethod
    def _scaled(torch: Any, types: str, dim: int, rows: int, pages: str, size: int) -> tuple[Any, Any]:
        """Rows of quantised numbers behind their scale and bias, in a mapping of the same kind of pages as the others' table."""
        import numpy as np

        generator = np.random.default_rng(3)
        data = dim if types == "u8f32" else (dim + 1) // 2
        sample = np.empty((4096, data + 4), dtype=np.uint8)
        sample[:, 4:] = generator.integers(0, 256, (4096, data), dtype=np.uint8)
        sample[:, :4] = np.array([1 / 255 if data == dim else 1 / 15, -0.5], dtype=np.float16).view(np.uint8)
        mapping = anonymous(max(size, rows * (data + 4)), pages)
        flat = np.frombuffer(mapping, dtype=np.uint8)
        table = flat[: rows * (data + 4)].reshape(rows, data + 4)
        for start in range(0, rows, len(sample)):
            part = table[start : start + len(sample)]
            part[:] = sample[: len(part)]
        return mapping, torch.from_numpy(flat[:size])

    def __call__(self, indices: Any, borders: Any) -> Any:
        return self.operator(indices=indices, offsets=borders, **self.arguments)
