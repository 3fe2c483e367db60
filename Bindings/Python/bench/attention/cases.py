"""The cases of the benchmark: problems of models, and a class of Hone alone."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    kind: str  # the class: prefill, cross or decode
    name: str
    batch: int
    heads: int
    kv_heads: int
    lq: int
    lk: int
    dim: int
    causal: bool = False
    window: int = 0  # keys that a query sees, its own included; 0: all
    page: int = 0  # keys of a block; 0: a contiguous cache
    types: tuple[str, ...] = ("f32", "bf16")

    @property
    def flops(self) -> float:
        """Of the products that are not masked."""
        pairs = self.lq * (2 * self.lk - self.lq + 1) / 2 if self.causal else self.lq * self.lk
        if self.window:
            places = range(self.lk - self.lq, self.lk)
            pairs = sum(min(place + 1, self.window) for place in places)
        return 4.0 * self.batch * self.heads * self.dim * pairs

    def cache_bytes(self, bits: int) -> float:
        """Of K and V that are read, scales of bytes included."""
        keys = min(self.lk, self.window) if self.window and self.lq == 1 else self.lk
        return 2.0 * self.batch * self.kv_heads * keys * (self.dim * bits / 8 + (4 if bits == 8 else 0))

    def title(self) -> str:
        heads = f"{self.heads}" if self.heads == self.kv_heads else f"{self.heads}/{self.kv_heads}"
        extra = (f", window {self.window}" if self.window else "") + (f", pages of {self.page}" if self.page else "")
        return f"{self.name}: {self.batch} x {heads} x {self.lq} x {self.lk} x {self.dim}{extra}"


def cases(quick: bool) -> list[Case]:
    llama = [Case("prefill", "llama3-8b", 1, 32, 8, n, n, 128, True) for n in ((512,) if quick else (128, 512, 1024, 2048))]
    sd = [Case("prefill", "sd15", 2, 8, 8, n, n, d) for n, d in ((1024, 80), (256, 160))]
    if not quick:
        sd.insert(0, Case("prefill", "sd15", 2, 8, 8, 4096, 4096, 40))
    bert = [Case("prefill", "bert-base", 8, 12, 12, 128, 128, 64), Case("prefill", "bert-large", 4, 16, 16, 384, 384, 64)]
    vit = [Case("prefill", "vit-b16", 8, 12, 12, 197, 197, 64)]
    cross = [Case("cross", "sd15", 2, 8, 8, n, 77, d) for n, d in ((4096, 40), (1024, 80), (256, 160))]
    lengths = ((1, 2048), (4, 2048)) if quick else ((1, 1024), (1, 8192), (1, 32768), (4, 2048), (16, 2048))
    decode = [Case("decode", "llama3-8b", b, 32, 8, 1, n, 128) for b, n in lengths]
    decode += [] if quick else [Case("decode", "mha", 1, 32, 32, 1, 8192, 128)]
    return llama + sd + bert + vit + cross + decode + more()


def more() -> list[Case]:
    """Hone alone."""
    every = ("f32", "bf16", "f16", "f32bf16", "f32f16", "f32s8", "bf16s8")
    decode = [Case("more", "decode", 1, 32, 8, 1, n, 128, types=every) for n in (8192,)]
    decode += [Case("more", "decode", 1, 32, 8, 1, n, 128, types=("f32", "bf16", "f32s8")) for n in (32768, 131072)]
    decode += [Case("more", "decode", 1, 32, 32, 1, 8192, 128, types=("f32", "bf16", "f32s8", "bf16s8"))]
    decode += [Case("more", "decode", 1, 32, 8, 1, 8192, 128, page=page) for page in (16, 64, 256)]
    decode += [Case("more", "decode", 1, 32, 8, 1, 8192, 128, window=1024)]
    prefill = [Case("more", "prefill", 1, 32, 8, 1024, 1024, 128, True, types=every)]
    prefill += [Case("more", "prefill", 1, 32, 8, 4096, 4096, 128, True, window=1024)]
    prefill += [Case("more", "chunk", 1, 32, 8, 128, 4096, 128, True), Case("more", "chunk", 1, 32, 8, 128, 4096, 128, True, page=64)]
    return decode + prefill
