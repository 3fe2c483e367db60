// PlainKernels.swift: the three operations in float, by the definition: what an oracle must accept.

import CHoneKernel
import Glibc

enum PlainKernels {
  static func gemm(_ p: hone_gemm) {
    let (a, b) = (floats(p.a), floats(p.b))
    let c = p.c.assumingMemoryBound(to: Float.self)
    for i in 0..<Int(p.m) {
      for j in 0..<Int(p.n) {
        var sum: Float = 0
        for l in 0..<Int(p.k) { sum += a[i * Int(p.lda) + l] * b[l * Int(p.ldb) + j] }
        c[i * Int(p.ldc) + j] = sum
      }
    }
  }

  static func embeddingBag(_ p: hone_embedding_bag) {
    let table = floats(p.table)
    let indices = p.indices.assumingMemoryBound(to: Int32.self)
    let offsets = p.offsets.assumingMemoryBound(to: Int32.self)
    let output = p.output.assumingMemoryBound(to: Float.self)
    for bag in 0..<Int(p.bags) {
      let end = bag + 1 < Int(p.bags) ? Int(offsets[bag + 1]) : Int(p.index_count)
      for d in 0..<Int(p.dim) {
        var sum: Float = 0
        for look in Int(offsets[bag])..<end {
          sum += p.weights[look] * table[Int(indices[look]) * Int(p.table_stride) + d]
        }
        output[bag * Int(p.output_stride) + d] = sum
      }
    }
  }

  static func attention(_ p: hone_attention) {
    let (q, k, v) = (floats(p.q), floats(p.k), floats(p.v))
    let o = p.o.assumingMemoryBound(to: Float.self)
    let dim = Int(p.head_dim)
    for head in 0..<Int(p.heads) {
      let group = head / Int(p.heads / p.kv_heads)
      for i in 0..<Int(p.lq) {
        let visible =
          p.mask == HONE_MASK_NONE ? Int(p.lk) : min(Int(p.lk), i + 1 + Int(p.lk - p.lq))
        let query = q + head * Int(p.q_head_stride) + i * Int(p.q_row_stride)
        let weights = (0..<visible).map { j in
          let key = k + group * Int(p.k_head_stride) + j * Int(p.k_row_stride)
          return expf(p.scale * (0..<dim).reduce(Float(0)) { $0 + query[$1] * key[$1] })
        }
        let total = weights.reduce(0, +)
        for d in 0..<dim {
          var sum: Float = 0
          for j in 0..<visible {
            sum += weights[j] * v[group * Int(p.v_head_stride) + j * Int(p.v_row_stride) + d]
          }
          o[head * Int(p.o_head_stride) + i * Int(p.o_row_stride) + d] = sum / total
        }
      }
    }
  }

  private static func floats(_ p: UnsafeRawPointer?) -> UnsafePointer<Float> {
    p!.assumingMemoryBound(to: Float.self)
  }
}
