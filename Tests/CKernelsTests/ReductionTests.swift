// Sums, products, extremes, all and any; the position of an extreme.

import CKernels
import Foundation
import Testing

extension Variant {
  func reduce<T: Element, R: Element>(
    _ op: agk_reduce_op, _ run: Run<T>, as: R.Type = R.self
  ) -> R {
    var out = [R(fraction: 0)]
    run.read { kernels.reduce(op, T.dtype, Int64(run.count), &out, $0, $1) }
    return out[0]
  }

  /// Of a matrix given row by row, `padding` unused elements after each row.
  func reduceColumns<T: Element, R: Element>(
    _ op: agk_reduce_op, _ x: [T], rows: Int, columns: Int, padding: Int = 0, as: R.Type = R.self
  ) -> [R] {
    let stride = columns + padding
    var storage = Array(repeating: T(fraction: 0.7), count: max(1, rows * stride))
    for r in 0..<rows { for c in 0..<columns { storage[r * stride + c] = x[r * columns + c] } }
    var out = Array(repeating: R(fraction: 0), count: columns)
    kernels.reduce_columns(
      op, T.dtype, Int64(rows), Int64(columns), &out, storage, Int64(stride))
    return out
  }
}

/// FNV-1a over bit patterns, as in Reference/torch_reference.py.
func digest<T: Element>(_ values: [T]) -> UInt64 {
  values.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ $1.bits) &* 0x100_0000_01B3 }
}

@Suite struct ReductionTests {
  @Test(arguments: Variant.all)
  func `Sums and products of a run are PyTorch's to the last bit`(variant: Variant) {
    func test<T: Element & BinaryFloatingPoint>(
      _: T.Type, sums: [UInt64], strided: [UInt64], products: [UInt64]
    ) {
      for (i, n) in TorchReference.lengths.enumerated() {
        let x = samples(n, seed: n, as: T.self)
        let sum = variant.reduce(.AGK_SUM, Run(x, stride: 1), as: T.self)
        #expect(sum.bits == sums[i], "sum of \(n)")
        let every3rd = samples(3 * n, seed: n, as: T.self).enumerated()
          .filter { $0.offset % 3 == 0 }.map(\.element)
        let stridedSum = variant.reduce(.AGK_SUM, Run(every3rd, stride: 3), as: T.self)
        #expect(stridedSum.bits == strided[i], "sum of \(n) with a stride")
        let near1 = Run(x.map { 1 + $0 / 64 }, stride: 1)
        let product = variant.reduce(.AGK_PROD, near1, as: T.self)
        #expect(product.bits == products[i], "product of \(n)")
      }
    }
    test(
      Float.self, sums: TorchReference.sumsFloat.map(UInt64.init),
      strided: TorchReference.stridedSumsFloat.map(UInt64.init),
      products: TorchReference.productsFloat.map(UInt64.init))
    test(
      Double.self, sums: TorchReference.sumsDouble, strided: TorchReference.stridedSumsDouble,
      products: TorchReference.productsDouble)
  }

  @Test(arguments: Variant.all)
  func `Sums of columns are PyTorch's to the last bit`(variant: Variant) {
    func test<T: Element>(_: T.Type, _ digests: [UInt64]) {
      var expected = digests.makeIterator()
      for rows in TorchReference.rows {
        for columns in TorchReference.columns {
          let x = samples(rows * columns, seed: rows, as: T.self)
          let sums = variant.reduceColumns(.AGK_SUM, x, rows: rows, columns: columns, as: T.self)
          #expect(digest(sums) == expected.next(), "\(rows) × \(columns) of \(T.self)")
        }
      }
    }
    test(Float.self, TorchReference.columnSumDigestsFloat)
    test(Double.self, TorchReference.columnSumDigestsDouble)
  }

  @Test(arguments: Variant.all)
  func `Integers wrap, extremes are found, whatever the stride`(variant: Variant) {
    func test<T: Element & FixedWidthInteger>(_: T.Type) {
      for n in lengths {
        for stride in [1, 2, -1, 0] {
          var x = samples(n, seed: 3, as: T.self)
          if n > 9 { (x[4], x[9]) = (.max, .min) }
          let run = Run(spread(x, stride: stride), stride: stride)
          let values = run.values
          #expect(variant.reduce(.AGK_SUM, run) == values.reduce(T(0), &+))
          #expect(variant.reduce(.AGK_PROD, run) == values.reduce(T(1), &*))
          if n == 0 { continue }
          #expect(variant.reduce(.AGK_MAX, run) == values.max()!)
          #expect(variant.reduce(.AGK_MIN, run) == values.min()!)
        }
      }
      for (rows, columns) in [(1, 1), (5, 1), (1, 7), (9, 33), (40, 3), (3, 3000)] {
        let x = samples(rows * columns, as: T.self)
        func column(_ c: Int) -> [T] { (0..<rows).map { x[$0 * columns + c] } }
        let sums = variant.reduceColumns(
          .AGK_SUM, x, rows: rows, columns: columns, padding: 2, as: T.self)
        #expect(sums == (0..<columns).map { column($0).reduce(0, &+) })
        let largest = variant.reduceColumns(
          .AGK_MAX, x, rows: rows, columns: columns, padding: 2, as: T.self)
        #expect(largest == (0..<columns).map { column($0).max()! })
      }
    }
    test(Int32.self)
    test(Int64.self)
  }

  @Test(arguments: Variant.all)
  func `A NaN is the largest and the smallest, the first one found`(variant: Variant) {
    func test<T: Element & BinaryFloatingPoint>(_: T.Type) {
      for n in [1, 2, 5, 31, 32, 33, 64, 70, 200] {
        for stride in [1, -2] {
          let x = samples(n, seed: n, as: T.self)
          let run = Run(x, stride: stride)
          #expect(variant.reduce(.AGK_MAX, run) == x.max()!)
          #expect(variant.reduce(.AGK_MIN, run) == x.min()!)
          for op in [agk_reduce_op.AGK_MAX, .AGK_MIN] {
            let extreme = op == .AGK_MAX ? x.max()! : x.min()!
            let found = run.read { variant.kernels.arg_reduce(op, T.dtype, Int64(n), $0, $1) }
            #expect(found == x.firstIndex(of: extreme)!)
          }
          for position in [0, n / 2, n - 1] {
            var broken = x
            broken[position] = .nan
            broken[n - 1] = .nan
            let run = Run(broken, stride: stride)
            #expect((variant.reduce(.AGK_MAX, run) as T).isNaN)
            #expect((variant.reduce(.AGK_MIN, run) as T).isNaN)
            let found = run.read { variant.kernels.arg_reduce(.AGK_MIN, T.dtype, Int64(n), $0, $1) }
            #expect(found == Int64(position))
          }
        }
      }
      let columns = variant.reduceColumns(
        .AGK_MAX, [1, .nan, 3, .nan, 2, -3] as [T], rows: 2, columns: 3, as: T.self)
      #expect(columns.map(\.bits) == [T.nan, T.nan, 3].map(\.bits))
    }
    test(Float.self)
    test(Double.self)
  }

  @Test(arguments: Variant.all)
  func `Equal extremes: the first position`(variant: Variant) {
    let x: [Int32] = [1, 7, -2, 7, -2]
    #expect(variant.kernels.arg_reduce(.AGK_MAX, .AGK_INT32, 5, x, 1) == 1)
    #expect(variant.kernels.arg_reduce(.AGK_MIN, .AGK_INT32, 5, x, 1) == 2)
    #expect(variant.kernels.arg_reduce(.AGK_MAX, .AGK_BOOL, 3, [false, true, true], 1) == 1)
  }

  @Test(arguments: Variant.all)
  func `all and any take every dtype`(variant: Variant) {
    func test<T: Element>(_: T.Type, zero: T, one: T) {
      for n in lengths + [128, 200] {
        for stride in [1, 3] {
          for odd in [nil, 0, n / 2, n - 1] where odd.map({ $0 >= 0 && $0 < n }) ?? true {
            var (ones, zeros) = (Array(repeating: one, count: n), Array(repeating: zero, count: n))
            if let odd { (ones[odd], zeros[odd]) = (zero, one) }
            #expect(variant.reduce(.AGK_ALL, Run(ones, stride: stride)) == (odd == nil))
            #expect(variant.reduce(.AGK_ANY, Run(zeros, stride: stride)) == (odd != nil))
          }
        }
      }
      let x = [one, zero, one, one, zero, zero]
      let all = variant.reduceColumns(.AGK_ALL, x, rows: 2, columns: 3, as: Bool.self)
      #expect(all == [true, false, false])
      let any = variant.reduceColumns(.AGK_ANY, x, rows: 2, columns: 3, as: Bool.self)
      #expect(any == [true, false, true])
    }
    test(Bool.self, zero: false, one: true)
    test(Int32.self, zero: 0, one: -3)
    test(Int64.self, zero: 0, one: 1 << 40)
    test(Float.self, zero: -0.0, one: .nan)
    test(Double.self, zero: 0, one: .leastNonzeroMagnitude)
  }

  @Test(arguments: Variant.all)
  func `An empty run gives the identity`(variant: Variant) {
    let empty = Run<Float>([], stride: 1)
    #expect(variant.reduce(.AGK_SUM, empty) == Float(0))
    #expect(variant.reduce(.AGK_PROD, empty) == Float(1))
    #expect(variant.reduce(.AGK_ALL, empty) == true)
    #expect(variant.reduce(.AGK_ANY, empty) == false)
    let sums = variant.reduceColumns(.AGK_SUM, [Float](), rows: 0, columns: 3, as: Float.self)
    #expect(sums == [0, 0, 0])
    let products = variant.reduceColumns(.AGK_PROD, [Float](), rows: 0, columns: 3, as: Float.self)
    #expect(products == [1, 1, 1])
  }
}
