"""Compares Hone's attention rows with PyTorch's math path in double, over masks, windows, biases, slopes and groups.

usage: torch-attention.py RUNNER KERNELS BENCH, as TorchTests.swift calls it. Prints "N cases, 0 failures" where all agree.
"""

import sys

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

runner, folder, bench = sys.argv[1:4]
sys.path.insert(0, bench)
import kernels  # noqa: E402
from cases import Case  # noqa: E402


def expected(case, q, k, v, mask):
    with sdpa_kernel(SDPBackend.MATH):
        return torch.nn.functional.scaled_dot_product_attention(
            *(torch.from_numpy(x).double() for x in (q, k, v)), attn_mask=mask, enable_gqa=case.heads != case.kv_heads
        ).numpy()


def run(hone, draw, types, index):
    heads = (4, 4, 6)[index % 3]
    case = Case("prefill", "torch", 2, heads, heads // (1, 4, 2)[index % 3], *((1, 70), (33, 33), (20, 81))[index // 3 % 3], (16, 40, 80, 128)[index % 4])
    p = hone.problem(case, types, seed=index)
    g = p.structs[0]
    place = np.arange(case.lq)[:, None] + case.lk - case.lq
    far = place - np.arange(case.lk)[None]
    mask = np.zeros((case.batch, case.heads, case.lq, case.lk))
    keep = []
    g.mask = 16
    if index & 1:
        g.mask += 1
        mask[..., far < 0] = -np.inf
    if index & 2:
        g.window_left = 12
        mask[..., far > 12] = -np.inf
    if index & 4:
        slopes = np.array([2.0 ** -(1 + h) for h in range(case.heads)], dtype=np.float32)
        keep.append(slopes)
        g.slopes = slopes.ctypes.data
        mask -= slopes[:, None, None] * np.abs(far)
    if index & 8:
        bias = draw.standard_normal((case.batch, case.heads, case.lq, case.lk), dtype=np.float32)
        keep.append(bias)
        g.bias, g.bias_row_stride = bias.ctypes.data, case.lk
        g.bias_head_stride, g.bias_batch_stride = case.lq * case.lk, case.heads * case.lq * case.lk
        mask += bias
    hone.seconds(p, 1, 1)
    values = [x if x.dtype == np.float32 else kernels.from_bf16(x) for x in (p.q, p.k[0], p.v[0])]
    error = np.max(np.abs(p.output() - expected(case, *values, torch.from_numpy(mask))))
    limit = 2e-5 if types == "f32" else 3e-2
    if not error <= limit:
        print(f"{types} {p.algorithm} case {index}: {error}")
    return not error <= limit


def main():
    hone, draw = kernels.Hone(runner, folder), np.random.default_rng(1)
    cases = [(types, index) for types in ("f32", "bf16") for index in range(36)]
    print(f"{len(cases)} cases, {sum(run(hone, draw, *case) for case in cases)} failures")


main()
