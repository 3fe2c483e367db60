// GEMMBatch.swift: many small products of one shape in one call, and which of them a thread computes.

import CHoneKernel

/// A thread's part of a batch: some products for itself; or its part of each, where there are fewer products than threads.
struct GEMMBatch {
  var items: Range<Int>
  /// The thread and the number of threads that share a product.
  var index: Int
  var count: Int

  init(_ p: hone_gemm, index: Int, count: Int) {
    let batch = max(1, Int(p.batch))
    if batch >= count && batch > 1 {
      items = share(of: batch, unit: 1, index: index, count: count)
      (self.index, self.count) = (0, 1)
    } else {
      items = 0..<batch
      (self.index, self.count) = (index, count)
    }
  }
}

extension GEMMCall {
  /// Product `index` of the batch.
  @inline(__always)
  func item(_ index: Int, _ p: hone_gemm) -> GEMMCall {
    if index == 0 { return self }
    var call = self
    call.a.base += index * Int(p.a_batch_stride)
    call.b.base += index * Int(p.b_batch_stride)
    call.c += index * Int(p.c_batch_stride)
    return call
  }
}
