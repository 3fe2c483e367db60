"""An ordinary numpy program: multiplies, checks itself in float64, and says as JSON who computed.

usage: numpy_products.py MxNxK[:nt]...   each is multiplied four times
"""

import ctypes
import json
import sys

import numpy as np


class Counts(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("served", "forwarded", "missed")]


def product(text):
    sizes, _, flags = text.partition(":")
    m, n, k = (int(size) for size in sizes.split("x"))
    generator = np.random.default_rng(m)
    a = generator.standard_normal((k, m) if flags[:1] == "t" else (m, k), dtype=np.float32)
    b = generator.standard_normal((n, k) if flags[1:] == "t" else (k, n), dtype=np.float32)
    a, b = a.T if flags[:1] == "t" else a, b.T if flags[1:] == "t" else b
    for _ in range(4):
        c = a @ b
    return float(np.abs(c - a.astype(np.float64) @ b.astype(np.float64)).max())


errors = [product(text) for text in sys.argv[1:]]
singular = float(np.linalg.svd(np.diag([3.0, 2.0, 1.0]))[1][0])
counts = Counts()
for library in (None, "libblas.so.3"):
    try:
        ctypes.CDLL(library).hone_blas_get_counts(ctypes.byref(counts))
        break
    except (AttributeError, OSError):
        continue
print(
    json.dumps(
        {
            "error": max(errors),
            "singular": singular,
            "served": counts.served,
            "forwarded": counts.forwarded,
            "missed": counts.missed,
        }
    )
)
