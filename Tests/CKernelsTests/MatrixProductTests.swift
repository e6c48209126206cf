// Matrix products, transposed or not, of all sizes and dtypes.

import CKernels
import Testing

@Suite struct MatrixProductTests {
  func check<T: Element & Numeric>(
    _: T.Type, multiply: (T, T) -> T, add: (T, T) -> T, agrees: (T, T, Int) -> Bool
  ) {
    let sizes = [
      (1, 1, 1), (4, 1, 1), (2, 3, 4), (1, 5, 40), (40, 1, 5), (5, 6, 7), (1, 70, 70), (70, 1, 70),
      (17, 33, 9), (33, 17, 65), (2, 2, 0), (0, 3, 2), (3, 0, 2), (64, 64, 64),
    ]
    for (m, n, k) in sizes {
      for transposed in 0..<4 {
        let (ta, tb) = (transposed & 1 != 0, transposed & 2 != 0)
        let (lda, ldb, ldout) = ((ta ? m : k) + 1, (tb ? k : n) + 2, n + 3)
        let a = samples((ta ? k : m) * lda + 1, seed: 1, as: T.self)
        let b = samples((tb ? n : k) * ldb + 1, seed: 2, as: T.self)
        var out = Array(repeating: T(fraction: 1), count: m * ldout + 1)
        agk_matmul(
          T.dtype, ta, tb, Int64(m), Int64(n), Int64(k), a, Int64(lda), b, Int64(ldb), &out,
          Int64(ldout))
        for i in 0..<m {
          for j in 0..<n {
            let expected = (0..<k).reduce(T(fraction: 0)) { sum, p in
              add(
                sum, multiply(a[ta ? p * lda + i : i * lda + p], b[tb ? j * ldb + p : p * ldb + j]))
            }
            let found = out[i * ldout + j]
            if !agrees(found, expected, k) {
              Issue.record("\(T.self) \(m)×\(k)·\(k)×\(n) \(ta) \(tb): \(found), not \(expected)")
              return
            }
          }
          for j in n..<ldout { #expect(out[i * ldout + j] == T(fraction: 1), "beside the product") }
        }
      }
    }
  }

  @Test func `Floating point`() {
    check(Float.self, multiply: *, add: +) { abs($0 - $1) <= 1e-6 * Float($2) }
    check(Double.self, multiply: *, add: +) { abs($0 - $1) <= 1e-15 * Double($2) }
  }

  @Test func `Integers wrap`() {
    check(Int32.self, multiply: &*, add: &+) { found, expected, _ in found == expected }
    check(Int64.self, multiply: &*, add: &+) { found, expected, _ in found == expected }
    var out: [Int32] = [0]
    agk_matmul(
      .AGK_INT32, false, false, 1, 1, 2, [Int32.max, 1], 2, [2, 5] as [Int32], 1, &out, 1)
    #expect(out == [3])
  }

  /// Sizes around every bound of how a product is divided: what is done at once, in parts, by threads.
  static let large = [
    (100, 100, 100), (101, 101, 101), (48, 64, 400), (15, 300, 300), (16, 300, 300), (97, 65, 257),
    (300, 63, 100), (128, 130, 513), (65, 1100, 500), (130, 128, 20),
  ]

  /// Products of whole numbers are exact, so that integers, by plain loops, tell what they are.
  @Test(arguments: large)
  func `Large products of whole numbers`(m: Int, n: Int, k: Int) {
    func product<T: Element & Numeric>(
      _ dtype: agk_dtype, _ ta: Bool, _ tb: Bool, _: T.Type, _ number: (Int) -> T
    ) -> [T] {
      let a = (0..<m * k).map { number($0 * 7 % 11 - 5) }
      let b = (0..<k * n).map { number($0 * 5 % 13 - 6) }
      var out = Array(repeating: number(0), count: m * n)
      agk_matmul(
        dtype, ta, tb, Int64(m), Int64(n), Int64(k), a, Int64(ta ? m : k), b, Int64(tb ? k : n),
        &out, Int64(n))
      return out
    }
    for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
      let expected = product(.AGK_INT32, ta, tb, Int32.self) { Int32($0) }
      let single = product(.AGK_FLOAT32, ta, tb, Float.self) { Float($0) }
      let double = product(.AGK_FLOAT64, ta, tb, Double.self) { Double($0) }
      #expect(single.map { Int32($0) } == expected, "float32 \(ta) \(tb)")
      #expect(double.map { Int32($0) } == expected, "float64 \(ta) \(tb)")
    }
  }

  @Test(arguments: large + [(2, 3000, 400), (1030, 700, 800)])
  func `No product depends on the number of threads`(m: Int, n: Int, k: Int) {
    let a = samples(m * k, seed: 1, as: Float.self)
    let b = samples(k * n, seed: 2, as: Float.self)
    let threads = agk_threads()
    defer { agk_set_threads(threads) }
    let results = ([1, 2, 3, 8] as [Int32]).map { count in
      var out = Array(repeating: Float(1), count: m * n)
      agk_set_threads(count)
      agk_matmul_add(
        .AGK_FLOAT32, false, false, Int64(m), Int64(n), Int64(k), 0.5, a, Int64(k), b, Int64(n), 2,
        &out, Int64(n))
      return out
    }
    for result in results.dropFirst() { #expect(result == results[0]) }
    let first = (0..<k).reduce(0.0) { $0 + Double(a[$1]) * Double(b[$1 * n]) }
    #expect(abs(Double(results[0][0]) - (first / 2 + 2)) < 1e-3 * (1 + abs(first)))
  }

  @Test func `Concurrent first products`() async {
    let x = samples(64 * 64, as: Float.self)
    let results = await withTaskGroup(of: [Float].self) { group in
      for _ in 0..<8 {
        group.addTask {
          var out = x
          agk_matmul(.AGK_FLOAT32, false, false, 64, 64, 64, x, 64, x, 64, &out, 64)
          return out
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
