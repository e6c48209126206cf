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
