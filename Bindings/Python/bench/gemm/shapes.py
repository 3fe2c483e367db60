"""The classes of GEMM that the benchmark covers, and where their shapes come from."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """C[m x n] = A[m x k] W, W constant; W is stored n x k where trans_b (the layout of inference), else k x n."""

    #: f32; bf16, f16 (weights, and activations where a peer wants them so); s8, s4 (weights, float activations);
    #: s8-dynamic, s4-dynamic (activations rounded to bytes as well); u8s8 (activations in bytes from outside, C in s32).
    kind: str
    m: int
    n: int
    k: int
    trans_b: bool = True
    #: Steps of k that share a scale; 0: all.
    group: int = 0
    #: Weights come from memory: as many copies as the last-level cache cannot hold.
    cold: bool = False
    #: So many products, their matrices one after another.
    batch: int = 1

    def __str__(self) -> str:
        group = f" g{self.group}" if self.group else ""
        batch = f"{self.batch}*" if self.batch > 1 else ""
        return f"{batch}{self.m}x{self.n}x{self.k}:{'nt' if self.trans_b else 'nn'}{group}"

    @property
    def flops(self) -> float:
        return 2.0 * self.m * self.n * self.k * self.batch

    @property
    def hone_types(self) -> list[str]:
        """Row types that compute it, best first. Layers of a network have constant weights, in the layout of inference."""
        if self.kind == "u8s8":
            return ["u8s8s32"]
        if self.batch > 1:
            return ["f32"]
        if self.kind != "f32":
            return ["f32" + self.kind.split("-")[0]]
        return ["f32f32", "f32"] if self.trans_b else ["f32"]

    @property
    def weight_bytes(self) -> float:
        bits = {"f32": 32, "bf16": 16, "f16": 16, "s8": 8, "s4": 4, "u8s8": 8}[self.kind.split("-")[0]]
        scales = 16 / self.group if self.group else 0
        return self.batch * self.n * self.k * (bits + scales) / 8


#: Llama-3-8B: attention output, MLP up and down.
LLAMA = [(4096, 4096), (14336, 4096), (4096, 14336)]
QUICK = LLAMA[:1]


def square(*sizes: int) -> list[Case]:
    return [Case("f32", s, s, s, False) for s in sizes]


def tokens(kind: str, ms: list[int], group: int = 0, cold: bool = False, quick: bool = True) -> list[Case]:
    return [Case(kind, m, n, k, True, group, cold) for m in ms for n, k in (QUICK if quick else LLAMA)]


def classes(quick: bool) -> dict[str, list[Case]]:
    """`quick` leaves out shapes that tell little more."""
    more = not quick
    small = square(32, 64, 96, 128) + [
        Case("f32", 1, 256, 128),  # DLRM, bottom MLP
        Case("f32", 16, 512, 256),
        Case("f32", 64, 1, 479),
        Case("f32", 128, 768, 768),  # BERT base
    ]
    large = square(512, 1024) + [Case("f32", 256, 4096, 4096), Case("f32", 384, 768, 3072)]
    if more:
        small += square(33, 47, 61, 80) + [
            Case("f32", 128, 512, 256), Case("f32", 2048, 64, 512), Case("f32", 4096, 16, 32), Case("f32", 7, 1000, 333),
            Case("f32", 35, 700, 2048, False),  # DeepBench
            Case("f32", 1024, 77, 768, False),  # SD 1.5, cross-attention
        ]  # fmt: skip
        large += square(256, 257, 769, 2048) + [
            Case("f32", 4096, 320, 320, False),  # SD 1.5
            Case("f32", 1760, 128, 1760, False),  # DeepBench
            Case("f32", 512, 14336, 4096),
        ]
    edges = [8, 16, 32, 64] if quick else [4, 8, 13, 16, 24, 32, 48, 64]
    batched = [
        Case("f32", m, m, m, trans_b, batch=max(8, min(512, 2_000_000 // m**3)))
        for m in edges for trans_b in (False, True)
    ]  # fmt: skip
    return {
        "f32 large": large,
        "f32 small, skinny": small,
        "f32 batched, small": batched,
        "f32 decode": tokens("f32", [1, 4, 16], cold=True, quick=quick),
        "bf16 decode": tokens("bf16", [1, 4, 16], cold=True, quick=quick),
        "f16 decode": tokens("f16", [1, 4, 16], cold=True, quick=quick),
        "bf16 prefill": tokens("bf16", [64, 256]),
        "f16 prefill": tokens("f16", [64, 256]),
        "int8 dynamic, 16 tokens and more": tokens("s8-dynamic", [16, 64, 256]),
        "int8 dynamic, decode": tokens("s8-dynamic", [1, 4], cold=True, quick=quick),
        "int8 u8s8 to s32, 16 tokens and more": tokens("u8s8", [16, 64, 256]),
        "int8 u8s8 to s32, decode": tokens("u8s8", [1, 4], cold=True, quick=quick),
        "int8 weights, decode": tokens("s8", [1, 4], cold=True, quick=quick),
        "int4 weights, decode": tokens("s4", [1, 4], 128, cold=True, quick=quick) + tokens("s4", [1], 32, cold=True),
        "int4 weights, int8 activations, decode": tokens("s4-dynamic", [1, 4], 128, cold=True, quick=quick)
        + tokens("s4-dynamic", [1], 32, cold=True),
        "int4 weights, int8 activations, prefill": tokens("s4-dynamic", [16, 64, 256], 128),
    }
