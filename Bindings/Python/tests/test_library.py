"""The package with libhone: look-up, the operations against numpy, plans, and what is refused."""

import threading
import unittest

import numpy as np

import hone

RNG = np.random.default_rng(1)


def normal(*shape):
    return RNG.standard_normal(shape, dtype=np.float32)


def close(test, got, expected, scale=1e-5):
    test.assertEqual(got.dtype, np.float32)
    test.assertLess(float(np.abs(got - expected).max(initial=0)), scale * (1 + float(np.abs(expected).max(initial=0))))


class LookupTests(unittest.TestCase):
    def test_every_question_has_an_answer(self):
        answer = hone.lookup("gemm", m=123, n=45, k=67, transB="t", alpha=1, cores=1)
        self.assertIn(answer.grade, ("exact", "same-hardware", "near-shape", "near-hardware", "default"))
        self.assertEqual(bool(answer), answer.grade != "default")
        self.assertIn("gemm", answer.explanation)
        one, other = (hone.lookup("gemm", m=8, n=8, k=8, transA=value) for value in (True, "t"))
        self.assertEqual(one.explanation, other.explanation)

    def test_wrong_questions_say_what_is_wrong(self):
        for fields, message in (
            ({"m": 1, "n": 1}, "'k'"),
            ({"m": 1, "n": 1, "k": 1, "foo": 3}, "'foo'"),
            ({"m": -1, "n": 1, "k": 1}, "m must be"),
            ({"m": 1, "n": 1, "k": 1, "transA": "x"}, "transA"),
        ):
            with self.assertRaisesRegex(hone.ArgumentError, message):
                hone.lookup("gemm", **fields)
        with self.assertRaisesRegex(hone.ArgumentError, "gemn"):
            hone.lookup("gemn", m=1)
        with self.assertRaisesRegex(hone.ArgumentError, "policy"):
            hone.lookup("gemm", m=1, n=1, k=1, policy="hot")
        with self.assertRaises(TypeError):
            hone.lookup("gemm", m=[1], n=1, k=1)
        with self.assertRaises(ValueError):
            hone.lookup("gemm", m=1, n=1, k=1, transA="n\0")

    def test_a_context_of_its_own(self):
        with self.assertRaises(hone.HoneError):
            hone.Context("/nowhere/at/all")
        context = hone.Context(cores=1)
        self.assertEqual(context.cores, 1)
        self.assertGreaterEqual(context.rows, 0)
        self.assertIsInstance(context.findings, list)


class GEMMTests(unittest.TestCase):
    def test_products(self):
        for m, n, k in ((1, 1, 1), (7, 5, 3), (64, 48, 100), (33, 130, 17)):
            a, b = normal(m, k), normal(k, n)
            close(self, hone.gemm(a, b), a @ b)
            close(self, hone.gemm(np.ascontiguousarray(a.T), b, trans_a=True), a @ b)
            close(self, hone.gemm(a, np.asfortranarray(b)), a @ b)
            close(self, hone.gemm(np.asfortranarray(a), np.ascontiguousarray(b.T), trans_b=True), a @ b)

    def test_gaps_and_factors(self):
        a, b = normal(20, 40)[:, :30], normal(30, 50)[:, 5:25]
        whole = normal(20, 25)
        out, before = whole[:, :20], whole.copy()
        result = hone.gemm(a, b, out=out, alpha=0.5, beta=2.0)
        self.assertIs(result, out)
        close(self, out, 0.5 * (a @ b) + 2.0 * before[:, :20])
        np.testing.assert_array_equal(whole[:, 20:], before[:, 20:])

    def test_bias_residual_and_activations(self):
        a, b, bias, wide = normal(13, 29), normal(29, 37), normal(37), normal(13, 50)
        plain, gelu = a @ b + bias, lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
        for right in (b, hone.Weights(b, "f32")):
            close(self, hone.gemm(a, right, bias=bias), plain)
            close(self, hone.gemm(a, right, bias=bias, activation="relu"), np.maximum(plain, 0))
            close(self, hone.gemm(a, right, bias=bias, activation="gelu-tanh"), gelu(plain))
            close(self, hone.gemm(a, right, activation="silu"), a @ b / (1 + np.exp(-(a @ b))))
            close(self, hone.gemm(a, right, bias=bias, residual=wide[:, :37]), plain + wide[:, :37])
            close(self, hone.Plan.gemm(a, right, bias=bias)(*((a, b) if right is b else (a,))), plain)

    def test_doubles(self):
        a, b = RNG.standard_normal((20, 30)), RNG.standard_normal((30, 10))
        got = hone.gemm(a, b)
        self.assertEqual(got.dtype, np.float64)
        self.assertLess(float(np.abs(got - a @ b).max()), 1e-12)

    def test_stacks(self):
        a, b = normal(5, 20, 30), normal(5, 30, 10)
        close(self, hone.gemm(a, b), a @ b)
        close(self, hone.gemm(a[::2], np.ascontiguousarray(b.swapaxes(1, 2))[::2].swapaxes(1, 2)), (a @ b)[::2])
        for message, call in (
            ("stack of 5 matrices and b one of 4", lambda: hone.gemm(a, b[:4])),
            ("no matrices", lambda: hone.gemm(a[:0], b[:0])),
            ("overlap", lambda: hone.gemm(a[::-1], b)),
        ):
            with self.assertRaisesRegex(ValueError, message):
                hone.gemm(a, b)
                call()

    def test_empty(self):
        self.assertEqual(hone.gemm(normal(0, 3), normal(3, 4)).shape, (0, 4))
        close(self, hone.gemm(normal(2, 0), normal(0, 4)), np.zeros((2, 4), np.float32))

    def test_refusals(self):
        a, b = normal(4, 4), normal(4, 4)
        read_only = normal(4, 4)
        read_only.flags.writeable = False
        cases = (
            (TypeError, "float64", lambda: hone.gemm(a.astype(np.float64), b)),
            (TypeError, "float16", lambda: hone.gemm(a, b.astype(np.float16))),
            (TypeError, "byte order", lambda: hone.gemm(a.astype(">f4"), b)),
            (TypeError, "list", lambda: hone.gemm([[1.0]], b)),
            (ValueError, "2 dimensions", lambda: hone.gemm(a[0], b)),
            (ValueError, "4 columns and b 3 rows", lambda: hone.gemm(a, b[:3])),
            (ValueError, "neighbours", lambda: hone.gemm(normal(8, 8)[::2, ::2], b)),
            (ValueError, "backwards", lambda: hone.gemm(a[::-1], b)),
            (ValueError, "read-only", lambda: hone.gemm(a, b, out=read_only)),
            (ValueError, "overlaps", lambda: hone.gemm(a, b, out=a)),
            (ValueError, "shape", lambda: hone.gemm(a, b, out=normal(4, 5))),
            (ValueError, "out must be given", lambda: hone.gemm(a, b, beta=1)),
            (ValueError, "finite", lambda: hone.gemm(a, b, alpha=float("nan"))),
            (ValueError, "bias has 3", lambda: hone.gemm(a, b, bias=normal(3))),
            (ValueError, "residual must have", lambda: hone.gemm(a, b, residual=normal(3, 4))),
            (ValueError, "activation must be", lambda: hone.gemm(a, b, activation="tanh")),
            (hone.ArgumentError, "residual follows", lambda: hone.gemm(a, b, residual=normal(4, 4), activation="relu")),
            (TypeError, "not stored in bf16", lambda: hone.gemm(a, b, dtype="bf16")),
            (TypeError, "Weights", lambda: hone.gemm(a.astype(np.float16), b.astype(np.float16))),
        )
        for error, message, call in cases:
            with self.assertRaisesRegex(error, message):
                call()

    def test_an_odd_address(self):
        raw = np.zeros(4 * 16 + 2, dtype=np.uint8)
        odd = raw[2:].view(np.float32).reshape(4, 4)
        with self.assertRaisesRegex(ValueError, "aligned"):
            hone.gemm(odd, odd)

    def test_threads(self):
        a, b = normal(40, 40), normal(40, 40)
        expected, results = a @ b, [None] * 8

        def run(index):
            for _ in range(20):
                results[index] = hone.gemm(a, b)

        threads = [threading.Thread(target=run, args=(index,)) for index in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for result in results:
            close(self, result, expected)


class EmbeddingBagTests(unittest.TestCase):
    def setUp(self):
        self.table = normal(50, 24)
        self.indices = RNG.integers(0, 50, 30)
        self.offsets = np.array([0, 4, 4, 19])

    def expected(self, scale=None, mean=False):
        ends = list(self.offsets[1:]) + [30]
        rows = []
        for begin, end in zip(self.offsets, ends):
            part = self.table[self.indices[begin:end]]
            part = part if scale is None else part * scale[begin:end, None]
            rows.append(part.sum(0) / (max(end - begin, 1) if mean else 1))
        return np.array(rows, dtype=np.float32)

    def test_bags(self):
        table, indices, offsets = self.table, self.indices, self.offsets
        close(self, hone.embedding_bag(table, indices, offsets), self.expected())
        close(self, hone.embedding_bag(table, indices, offsets, mode="mean"), self.expected(mean=True))
        small = [x.astype(np.int32) for x in (indices, offsets)]
        close(self, hone.embedding_bag(table, *small), self.expected())
        scale = normal(30)
        close(self, hone.embedding_bag(table, indices, offsets, weights=scale), self.expected(scale))
        closed = np.append(offsets, 30)
        close(self, hone.embedding_bag(table, indices, closed, include_last_offset=True), self.expected())

    def test_poolings(self):
        table, indices, offsets = self.table, self.indices, self.offsets
        lengths = np.append(offsets[1:], 30) - offsets
        close(self, hone.embedding_bag(table, indices, lengths=lengths), self.expected())
        parts = [table[indices[b : b + n]] for b, n in zip(offsets, lengths)]
        largest = np.array([p.max(0) if len(p) else np.zeros(24) for p in parts], np.float32)
        close(self, hone.embedding_bag(table, indices, offsets, mode="max"), largest)
        close(self, hone.embedding_bag(table, indices, mode="none"), table[indices])
        for word in ("zipf", "reuse2021", "reuse:1000000:500.500"):
            close(self, hone.embedding_bag(table, indices, offsets, distribution=word), self.expected())
            plan = hone.Plan.embedding_bag(table, indices, offsets, distribution=str(word))
            close(self, plan(table, indices, offsets), self.expected())

    def test_row_types(self):
        indices, offsets = self.indices, self.offsets
        half = self.table.astype(np.float16)
        brain = (self.table.view(np.uint32) >> 16).astype(np.uint16)
        self.table = half.astype(np.float32)
        close(self, hone.embedding_bag(half, indices, offsets), self.expected())
        out = np.empty((4, 24), np.float16)
        self.assertIs(hone.embedding_bag(half, indices, offsets, out=out), out)
        np.testing.assert_allclose(out, self.expected(), rtol=2e-3, atol=2e-3)
        self.table = (brain.astype(np.uint32) << 16).view(np.float32)
        close(self, hone.embedding_bag(brain, indices, offsets, types="bf16"), self.expected())
        bits = hone.embedding_bag(brain, indices, offsets, types="bf16", dtype="bf16")
        self.assertEqual(bits.dtype, np.uint16)
        np.testing.assert_allclose((bits.astype(np.uint32) << 16).view(np.float32), self.expected(), rtol=1e-2, atol=1e-2)

    def test_scaled_rows(self):
        scales = np.abs(normal(50, 2)).astype(np.float16)
        for types, kind in (("u8f32", np.float32), ("u8f16", np.float16), ("u4f32", np.float32), ("u4f16", np.float16)):
            four = types[1] == "4"
            dim = 23 if four else 24
            q = RNG.integers(0, 16 if four else 256, (50, dim)).astype(np.uint8)
            padded = np.concatenate([q, np.zeros((50, dim % 2), np.uint8)], axis=1)
            data = padded[:, ::2] | padded[:, 1::2] << 4 if four else q
            ends = np.ascontiguousarray(scales.astype(kind)).view(np.uint8)
            self.table = q * scales[:, :1].astype(np.float32) + scales[:, 1:].astype(np.float32)
            for place, parts in (("last", (data, ends)), ("first", (ends, data))):
                rows = np.ascontiguousarray(np.concatenate(parts, axis=1))
                got = hone.embedding_bag(rows, self.indices, self.offsets, types=types, dim=dim, scales=place)
                close(self, got, self.expected())

    def test_refusals(self):
        table, indices, offsets = self.table, self.indices, self.offsets
        bad = indices.copy()
        bad[7] = 50
        bytes_ = np.zeros((50, 32), np.uint8)
        cases = (
            (hone.RangeError, "50", lambda: hone.embedding_bag(table, bad, offsets)),
            (hone.RangeError, "", lambda: hone.embedding_bag(table, indices, offsets[::-1].copy())),
            (TypeError, "int16", lambda: hone.embedding_bag(table, indices.astype(np.int16), offsets)),
            (TypeError, "equal", lambda: hone.embedding_bag(table, indices.astype(np.int32), offsets)),
            (ValueError, "mode", lambda: hone.embedding_bag(table, indices, offsets, mode="least")),
            (ValueError, "no offsets", lambda: hone.embedding_bag(table, indices, offsets, mode="none")),
            (ValueError, "are needed", lambda: hone.embedding_bag(table, indices)),
            (ValueError, "add up to 12", lambda: hone.embedding_bag(table, indices, lengths=offsets[1:] * 0 + 4)),
            (ValueError, "exclude", lambda: hone.embedding_bag(table, indices, offsets, lengths=offsets)),
            (TypeError, "types=", lambda: hone.embedding_bag(table.astype(np.float64), indices, offsets)),
            (TypeError, "uint8", lambda: hone.embedding_bag(table, indices, offsets, types="u8f32")),
            (ValueError, "do not hold 30", lambda: hone.embedding_bag(bytes_, indices, offsets, types="u8f32", dim=30)),
            (ValueError, "at least 8", lambda: hone.embedding_bag(bytes_[:, :7], indices, offsets, types="u8f32")),
            (ValueError, "dtype", lambda: hone.embedding_bag(table, indices, offsets, dtype="f64")),
            (TypeError, "bfloat16", lambda: hone.embedding_bag(table, indices, offsets, out=np.zeros((4, 24), np.int8))),
            (hone.ArgumentError, "distribution", lambda: hone.embedding_bag(table, indices, offsets, distribution="odd")),
            (ValueError, "29 weights", lambda: hone.embedding_bag(table, indices, offsets, weights=normal(29))),
            (ValueError, "contiguous", lambda: hone.embedding_bag(table, indices[::2], offsets)),
            (ValueError, "last offset", lambda: hone.embedding_bag(table, indices, offsets, include_last_offset=True)),
        )
        for error, message, call in cases:
            with self.assertRaisesRegex(error, message):
                call()


def attention(q, k, v, causal):
    k, v = (np.repeat(x, q.shape[1] // x.shape[1], axis=1) for x in (k, v))
    logits = np.einsum("bhqd,bhkd->bhqk", q, k).astype(np.float64) / q.shape[-1] ** 0.5
    if causal:
        lq, lk = logits.shape[-2:]
        logits = np.where(np.arange(lk) <= np.arange(lq)[:, None] + lk - lq, logits, -np.inf)
    top = logits.max(-1, keepdims=True)
    weights = np.exp(logits - top)
    lse = (np.log(weights.sum(-1, keepdims=True)) + top)[..., 0]
    return np.einsum("bhqk,bhkd->bhqd", weights / weights.sum(-1, keepdims=True), v).astype(np.float32), lse


class AttentionTests(unittest.TestCase):
    def test_heads_masks_and_layouts(self):
        q, k, v = normal(2, 4, 9, 32), normal(2, 2, 13, 32), normal(2, 2, 13, 32)
        for mask in ("none", "causal"):
            expected, lse = attention(q, k, v, mask == "causal")
            out, got = hone.attention(q, k, v, mask=mask, return_lse=True)
            close(self, out, expected)
            self.assertLess(float(np.abs(got - lse).max()), 1e-4)
            turned = [np.ascontiguousarray(x.transpose(0, 2, 1, 3)) for x in (q, k, v)]
            close(self, hone.attention(*turned, mask=mask, layout="bshd").transpose(0, 2, 1, 3), expected)

    def test_refusals(self):
        q = normal(1, 2, 3, 8)
        cases = (
            ("mask", lambda: hone.attention(q, q, q, mask="some")),
            ("layout", lambda: hone.attention(q, q, q, layout="sbhd")),
            ("equal", lambda: hone.attention(q, q, q[:, :, :2].copy())),
            ("divide", lambda: hone.attention(normal(1, 3, 3, 8), q, q)),
            ("not neighbours", lambda: hone.attention(q[:, :, :, ::2], q, q)),
            ("not neighbours", lambda: hone.attention(q[:, :, ::-1], q, q)),
            ("scale", lambda: hone.attention(q, q, q, scale=float("inf"))),
            ("4 dimensions", lambda: hone.attention(q[0], q, q)),
            ("window", lambda: hone.attention(q, q, q, window=-2)),
            ("broadcast", lambda: hone.attention(q, q, q, bias=normal(4, 4))),
            ("slopes", lambda: hone.attention(q, q, q, slopes=normal(3))),
            ("together", lambda: hone.attention(q, q, q, q_offsets=np.array([0, 3], np.int32))),
            ("k_lengths has 2", lambda: hone.attention(q, q, q, k_lengths=np.array([1, 2], np.int32))),
        )
        for message, call in cases:
            with self.assertRaisesRegex(ValueError, message):
                call()


def formula(q, k, v, mask="none", window=None, softcap=0.0, slopes=None, bias=None):
    """One sequence, [heads, rows, elements] each, in double."""
    q, k, v = (x.astype(np.float64) for x in (q, k, v))
    k, v = (np.repeat(x, q.shape[0] // x.shape[0], axis=0) for x in (k, v))
    logits = np.einsum("hqd,hkd->hqk", q, k) / q.shape[-1] ** 0.5
    lq, lk = logits.shape[-2:]
    place = np.arange(lq)[:, None] + (0 if mask == "causal-top-left" else lk - lq)
    distance = place - np.arange(lk)
    logits = softcap * np.tanh(logits / softcap) if softcap else logits
    if slopes is not None:
        logits = logits - np.asarray(slopes, np.float64)[:, None, None] * np.abs(distance)
    logits = logits if bias is None else logits + bias
    hidden = (distance < 0) & (mask != "none")
    if window is not None:
        hidden = hidden | (distance > window)
    logits = np.where(hidden, -np.inf, logits)
    top = np.maximum(logits.max(-1, keepdims=True, initial=-np.inf), -1e300)
    weights = np.exp(logits - top)
    total = weights.sum(-1, keepdims=True)
    return np.einsum("hqk,hkd->hqd", weights / np.where(total > 0, total, 1), v).astype(np.float32)


def each(q, k, v, **options):
    return np.stack([formula(q[b], k[b], v[b], **options) for b in range(len(q))])


class AttentionOptionTests(unittest.TestCase):
    def setUp(self):
        self.q, self.k, self.v = normal(2, 4, 6, 32), normal(2, 2, 21, 32), normal(2, 2, 21, 32)

    def test_what_changes_logits(self):
        bias = normal(2, 1, 6, 21)
        slopes = np.array([0.5, 0.25, 0.125, 0.0625], np.float32)
        for options in ({"window": 4, "mask": "causal"}, {"softcap": 1.5}, {"slopes": slopes, "mask": "causal-top-left"}):
            close(self, hone.attention(self.q, self.k, self.v, **options), each(self.q, self.k, self.v, **options))
        expected = np.stack([formula(self.q[b], self.k[b], self.v[b], bias=bias[b]) for b in range(2)])
        close(self, hone.attention(self.q, self.k, self.v, bias=bias), expected)
        row = normal(21)
        close(self, hone.attention(self.q, self.k, self.v, bias=row), each(self.q, self.k, self.v, bias=row))

    def test_views_cost_no_copy(self):
        cache = normal(2, 2, 64, 32)
        close(self, hone.attention(self.q, cache[:, :, :21], cache[:, :, :21]), each(self.q, cache[:, :, :21], cache[:, :, :21]))
        turned = self.q.transpose(0, 2, 1, 3)
        out = np.zeros((2, 6, 5, 32), np.float32)
        hone.attention(np.ascontiguousarray(turned).transpose(0, 2, 1, 3), self.k, self.v, out=out[:, :, :4].transpose(0, 2, 1, 3))
        close(self, out[:, :, :4].transpose(0, 2, 1, 3), each(self.q, self.k, self.v))
        self.assertFalse(out[:, :, 4].any())

    def test_types(self):
        halves = [x.astype(np.float16) for x in (self.q, self.k, self.v)]
        exact = each(*(x.astype(np.float32) for x in halves))
        close(self, hone.attention(*halves).astype(np.float32), exact, 2e-3)
        close(self, hone.attention(halves[0].astype(np.float32), *halves[1:]), exact)
        (q, q_bits), (k, k_bits), (v, v_bits) = (half_way(x) for x in (self.q, self.k, self.v))
        got = hone.attention(q_bits, k_bits, v_bits)
        close(self, (got.astype(np.uint32) << 16).view(np.float32), each(q, k, v), 2e-2)
        close(self, hone.attention(q, k_bits, v_bits), each(q, k, v))
        with self.assertRaisesRegex(TypeError, "f32bf16"):
            hone.attention(halves[0], self.k, self.v)

    def test_bytes_with_scales(self):
        k, v = (RNG.integers(-127, 128, (2, 2, 21, 32)).astype(np.int8) for _ in range(2))
        scales = [RNG.uniform(0.005, 0.02, (2, 2, 21)).astype(np.float32) for _ in range(2)]
        meant = [x.astype(np.float32) * s[..., None] for x, s in zip((k, v), scales)]
        close(self, hone.attention(self.q, k, v, k_scales=scales[0], v_scales=scales[1]), each(self.q, *meant), 2e-3)
        with self.assertRaisesRegex(hone.ArgumentError, "k_scales"):
            hone.attention(self.q, k, v)

    def test_padded_and_packed_sequences(self):
        lengths = np.array([21, 8], np.int32)
        expected = np.stack([formula(self.q[b], self.k[b, :, : lengths[b]], self.v[b, :, : lengths[b]], mask="causal") for b in range(2)])
        close(self, hone.attention(self.q, self.k, self.v, mask="causal", k_lengths=lengths), expected)
        at_q, at_k = np.array([0, 5, 5, 12], np.int32), np.array([0, 9, 12, 30], np.int32)
        q, k, v = normal(4, 12, 16), normal(2, 30, 16), normal(2, 30, 16)
        parts = [(slice(at_q[b], at_q[b + 1]), slice(at_k[b], at_k[b + 1])) for b in range(3)]
        expected = np.concatenate([formula(q[:, i], k[:, j], v[:, j], mask="causal") for i, j in parts], axis=1)
        got, lse = hone.attention(q, k, v, mask="causal", q_offsets=at_q, k_offsets=at_k, return_lse=True)
        close(self, got, expected)
        self.assertEqual(lse.shape, (3, 4, 7))
        turned = [np.ascontiguousarray(x.transpose(1, 0, 2)) for x in (q, k, v)]
        got = hone.attention(*turned, mask="causal", q_offsets=at_q, k_offsets=at_k, layout="bshd")
        close(self, got.transpose(1, 0, 2), expected)

    def test_pages(self):
        lengths, table = np.array([21, 10], np.int32), np.array([[7, 0, 3], [2, 5, -1]], np.int32)
        k, v = normal(8, 2, 8, 32), normal(8, 2, 8, 32)
        meant = [[np.concatenate([x[block] for block in row if block >= 0], axis=1)[:, :n] for row, n in zip(table, lengths)] for x in (k, v)]
        expected = np.stack([formula(self.q[b, :, :1], meant[0][b], meant[1][b], mask="causal") for b in range(2)])
        q = np.ascontiguousarray(self.q[:, :, :1])
        plan = hone.Plan.attention(q, k, v, mask="causal", k_lengths=lengths, block_table=table)
        close(self, plan(q, k, v), expected)
        table[1, 1] = 8
        with self.assertRaisesRegex(hone.RangeError, r"block_table\[4\] \(sequence 1, entry 1\) is 8"):
            hone.attention(q, k, v, mask="causal", k_lengths=lengths, block_table=table)
        with self.assertRaisesRegex(hone.RangeError, r"k_lengths\[0\] is 25"):
            hone.attention(q, k, v, k_lengths=np.array([25, 1], np.int32), block_table=table)


class PlanTests(unittest.TestCase):
    def test_runs_again_and_again(self):
        a, b = normal(30, 20), normal(20, 40)
        plan = hone.Plan.gemm(a, b)
        self.assertGreaterEqual(plan.threads, 1)
        self.assertGreaterEqual(plan.workspace_bytes, 0)
        self.assertTrue(plan.answer.backend)
        for _ in range(3):
            a, b = normal(30, 20), normal(20, 40)
            close(self, plan(a, b), a @ b)
        out = np.empty((30, 40), np.float32)
        self.assertIs(plan(a, b, out=out), out)

    def test_other_operands_are_refused(self):
        a, b = normal(30, 20), normal(20, 40)
        plan = hone.Plan.gemm(a, b)
        with self.assertRaisesRegex(ValueError, "m=29.*planned were.*m=30"):
            plan(a[:29], b)
        plan.close()
        plan.close()
        with self.assertRaisesRegex(ValueError, "closed"):
            plan(a, b)
        with self.assertRaisesRegex(ValueError, "closed"):
            plan.answer

    def test_the_other_operations(self):
        q = normal(1, 2, 3, 8)
        close(self, hone.Plan.attention(q, q, q)(q, q, q), attention(q, q, q, False)[0])
        table, index, offset = normal(5, 8), np.array([1, 2]), np.array([0])
        close(self, hone.Plan.embedding_bag(table, index, offset)(table, index, offset), (table[1] + table[2])[None])


def half_way(values):
    """float32 whose lower 16 bits are 0, and their bfloat16 bits."""
    bits = (np.ascontiguousarray(values, dtype=np.float32).view(np.uint32) >> 16).astype(np.uint16)
    return (bits.astype(np.uint32) << 16).view(np.float32), bits


def grouped(values, group, rows):
    """One row of `values` for each row of a matrix."""
    return np.repeat(values, group, axis=0)[:rows] if group else values


class WeightsTests(unittest.TestCase):
    def check(self, meant, weights, scale=1e-5):
        a = normal(5, meant.shape[0])
        close(self, hone.gemm(a, weights), a @ meant, scale)
        plan = hone.Plan.gemm(a, weights)
        for _ in range(2):
            a = normal(5, meant.shape[0])
            close(self, plan(a), a @ meant, scale)

    def test_halves(self):
        meant, bits = half_way(normal(70, 33))
        self.check(meant, hone.Weights(bits, "bf16"))
        self.check(meant.T, hone.Weights(bits, "bf16", transposed=True))
        self.check(meant, hone.Weights(bits, "bf16", arithmetic="bf16"), 2e-2)
        self.check(meant, hone.Weights(meant, "f32"))
        halves = normal(70, 40).astype(np.float16)
        self.check(halves.astype(np.float32)[:, :33], hone.Weights(halves[:, :33], "f16"))

    def test_activations_in_halves(self):
        (meant, bits), (a, a_bits), bias = half_way(normal(70, 33)), half_way(normal(5, 70)), normal(33)
        expected = a @ meant + bias
        weights = hone.Weights(bits, "bf16", activations="bf16")
        close(self, hone.gemm(a_bits, weights, bias=bias, dtype="f32"), expected)
        got = hone.gemm(a_bits, weights, bias=bias)
        self.assertEqual(got.dtype, np.uint16)
        close(self, (got.astype(np.uint32) << 16).view(np.float32), expected, 1e-2)
        halves, right = normal(5, 70).astype(np.float16), normal(70, 33).astype(np.float16)
        got = hone.gemm(halves, hone.Weights(right, "f16", activations="f16"))
        self.assertEqual(got.dtype, np.float16)
        close(self, got.astype(np.float32), halves.astype(np.float32) @ right.astype(np.float32), 2e-3)

    def test_activations_in_bytes(self):
        q, scales = RNG.integers(-127, 128, (70, 33)).astype(np.int8), RNG.uniform(0.01, 0.1, 33).astype(np.float32)
        for kind, element, low, high in (("u8", np.uint8, 0, 256), ("s8", np.int8, -128, 128)):
            weights = hone.Weights(q, "s8", scales=scales, activations=kind)
            for count in (5, 1):
                a = RNG.integers(low, high, (5, 70)).astype(element)
                own, zeros = RNG.uniform(0.01, 0.1, count).astype(np.float32), RNG.integers(0, 9, count).astype(np.int32)
                wide = (a.astype(np.float64) - zeros[:, None]) * own[:, None]
                got = hone.gemm(a, weights, a_scales=own, a_zeros=zeros)
                close(self, got, wide @ (q * scales.astype(np.float64)))
                plain = hone.gemm(a, weights, a_scales=own)
                close(self, plain, (a * own[:, None].astype(np.float64)) @ (q * scales.astype(np.float64)))
            sums = hone.gemm(a, weights, dtype="s32")
            np.testing.assert_array_equal(sums, a.astype(np.int64) @ q.astype(np.int64))
        with self.assertRaisesRegex(ValueError, "one element both"):
            hone.gemm(a, weights, a_scales=own, a_zeros=np.zeros(5, np.int32))
        with self.assertRaisesRegex(ValueError, "activations in u8"):
            hone.gemm(normal(2, 70), hone.Weights(q, "s8", scales=scales), a_scales=own)

    def test_an_error_is_allowed(self):
        b = normal(128, 64)
        a = normal(3, 128)
        close(self, hone.gemm(a, hone.Weights(b, "f32", max_error=2e-2)), a @ b, 5e-2)
        with self.assertRaisesRegex(hone.ArgumentError, "max_error"):
            hone.gemm(a, hone.Weights(b, "f32", max_error=-1.0))

    def test_bytes_and_nibbles(self):
        k, n = 96, 34
        for group, zeros in ((0, False), (32, True), (64, False)):
            groups = -(-k // group) if group else 1
            scales = (RNG.integers(1, 9, (groups, n)) / 512).astype(np.float16)
            zero = RNG.integers(0, 4, (groups, n)).astype(np.uint8) if zeros else None
            given = {"scales": scales if group else scales[0].astype(np.float32), "zeros": zero, "group": group}
            wide = grouped(scales.astype(np.float32), group, k)
            q = RNG.integers(-127, 128, (k, n)).astype(np.int8)
            offset = grouped(zero.astype(np.float32), group, k) if zeros else 0
            meant = ((q - offset) * wide).astype(np.float32)
            self.check(meant, hone.Weights(q, "s8", **given))
            self.check(meant, hone.Weights(q, "s8", arithmetic="s8", **given), 2e-2)
            q = RNG.integers(0, 16, (k, n)).astype(np.uint8)
            meant = ((q.astype(np.float32) - (offset if zeros else 8)) * wide).astype(np.float32)
            self.check(meant, hone.Weights(q[:, ::2] | q[:, 1::2] << 4, "s4", **given))

    def test_plans_are_kept(self):
        weights = hone.Weights(half_way(normal(16, 16))[1], "bf16")
        for rows in (1, 1, 3):
            hone.gemm(normal(rows, 16), weights)
        self.assertEqual(len(weights.plans), 2)

    def test_refusals(self):
        bits, q, scales = np.zeros((8, 4), np.uint16), np.zeros((8, 4), np.int8), np.ones(4, np.float32)
        cases = (
            (ValueError, "none of", lambda: hone.Weights(bits, "fp8")),
            (ValueError, "one of f32, bf16", lambda: hone.Weights(bits, "bf16", activations="f16")),
            (TypeError, "uint16, not int8", lambda: hone.Weights(q, "bf16")),
            (ValueError, "need scales", lambda: hone.Weights(q, "s8")),
            (ValueError, "those of s8 and s4", lambda: hone.Weights(bits, "bf16", scales=scales)),
            (ValueError, r"float32 of the shape \(4,\)", lambda: hone.Weights(q, "s8", scales=scales[:3])),
            (ValueError, "float16", lambda: hone.Weights(q, "s8", scales=scales, group=32)),
            (ValueError, "neighbours", lambda: hone.Weights(bits[:, ::2], "bf16")),
            (ValueError, "5 columns and b 8 rows", lambda: hone.gemm(normal(2, 5), hone.Weights(bits, "bf16"))),
            (ValueError, "trans_b", lambda: hone.gemm(normal(2, 8), hone.Weights(bits, "bf16"), trans_b=True)),
            (hone.ArgumentError, "group", lambda: hone.gemm(normal(2, 8), self.odd_group())),
        )
        for error, message, call in cases:
            with self.assertRaisesRegex(error, message):
                call()

    def odd_group(self):
        return hone.Weights(np.zeros((8, 4), np.int8), "s8", scales=np.ones((1, 4), np.float16), group=48)


class MachineTests(unittest.TestCase):
    def test_topology(self):
        facts = hone.topology()
        self.assertGreaterEqual(facts["budget"], 1)
        self.assertGreaterEqual(facts["cores"], 1)
        self.assertIn("instructionSet", facts)

    def test_libraries_make_answers_fresh_or_stale(self):
        libraries = hone.libraries()
        self.assertTrue(any(name.startswith("kernels-hone") for name in libraries), libraries)
        context = hone.Context(libraries={**libraries, "kernels-hone-x86v3": "another"})
        answer = hone.lookup("gemm", m=64, n=64, k=64, context=context)
        self.assertIsInstance(answer.changes, tuple)
        self.assertIsNone(answer.predicted_regret if answer.changes else None)


class ForeignArray:
    """An array of another package, read through __array__."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


class ForeignTensor:
    """An array of another package, read through __dlpack__."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **keywords):
        return self.array.__dlpack__(**keywords)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class ForeignArrayTests(unittest.TestCase):
    def test_protocols(self):
        a, b = normal(6, 5), normal(5, 4)
        for foreign in (ForeignArray, ForeignTensor):
            close(self, hone.gemm(foreign(a), foreign(b)), a @ b)

    def test_torch(self):
        try:
            import torch
        except ImportError:
            self.skipTest("torch is not installed")
        a, b = torch.randn(6, 5), torch.randn(5, 4)
        close(self, hone.gemm(a, b), (a @ b).numpy())
        out = torch.empty(6, 4)
        hone.gemm(a, b, out=out)
        close(self, out.numpy(), (a @ b).numpy())
        with self.assertRaisesRegex(TypeError, "grad"):
            hone.gemm(a.requires_grad_(), b)


if __name__ == "__main__":
    unittest.main()
