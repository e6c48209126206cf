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

  /// Sizes around the bounds of panels and blocks of both instruction sets, and of what is read in
  /// place, for products of m×k and k×n.
  static let edges: [(m: Int, n: Int, k: Int)] = [
    (2, 2, 17), (3, 65, 1), (5, 7, 2), (6, 16, 3), (7, 17, 4), (13, 31, 5), (14, 32, 64),
    (15, 33, 48), (28, 8, 47), (29, 15, 100), (42, 64, 449), (43, 100, 448), (48, 63, 50),
    (49, 9, 225), (57, 129, 224), (130, 10, 40), (16, 600, 30), (33, 1200, 9), (10, 24, 900),
  ]

  /// A product of float32 or float64 with room beside the rows of all matrices.
  struct Problem<T: Element & BinaryFloatingPoint> {
    let m: Int, n: Int, k: Int, ta: Bool, tb: Bool
    let alpha: Double, beta: Double
    let a: [T], b: [T], out: [T]
    var lda: Int { (ta ? m : k) + 3 }
    var ldb: Int { (tb ? k : n) + 5 }
    var ldout: Int { n + 2 }

    init(_ m: Int, _ n: Int, _ k: Int, _ ta: Bool, _ tb: Bool, _ alpha: Double, _ beta: Double) {
      (self.m, self.n, self.k, self.ta, self.tb) = (m, n, k, ta, tb)
      (self.alpha, self.beta) = (alpha, beta)
      // Not an element more than there are: the sanitizer tells of any that is read beyond.
      a = samples(((ta ? k : m) - 1) * ((ta ? m : k) + 3) + (ta ? m : k), seed: 1)
      b = samples(((tb ? n : k) - 1) * ((tb ? k : n) + 5) + (tb ? k : n), seed: 2)
      // What beta 0 multiplies must not be read.
      out =
        beta == 0
        ? Array(repeating: .nan, count: (m - 1) * (n + 2) + n)
        : samples((m - 1) * (n + 2) + n, seed: 3)
    }

    func multiplied() -> [T] {
      var out = out
      agk_matmul_add(
        T.dtype, ta, tb, Int64(m), Int64(n), Int64(k), alpha, a, Int64(lda), b, Int64(ldb), beta,
        &out, Int64(ldout))
      return out
    }

    /// The product by one instruction set, in parts of `rows` and `columns`; nil without kernels.
    func multiplied(by variant: Variant, rows: Int, columns: Int, turned: Bool) -> [T]? {
      guard let multiply = variant.kernels.product else { return nil }
      var out = out
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          out.withUnsafeMutableBufferPointer { out in
            // Turned, it is bᵀ·aᵀ that is computed, and written across.
            var product = agk_product(
              dtype: T.dtype, transpose_a: turned ? !tb : ta, transpose_b: turned ? !ta : tb,
              transpose_out: turned, m: Int64(turned ? n : m), n: Int64(turned ? m : n),
              k: Int64(k), a: turned ? b.baseAddress! : a.baseAddress!,
              a_leading: Int64(turned ? ldb : lda), b: turned ? a.baseAddress! : b.baseAddress!,
              b_leading: Int64(turned ? lda : ldb), out: out.baseAddress!,
              out_leading: Int64(ldout), alpha: alpha, beta: beta)
            for row in stride(from: 0, to: product.m, by: rows) {
              for column in stride(from: 0, to: product.n, by: columns) {
                multiply(
                  &product, row, min(Int64(rows), product.m - row), column,
                  min(Int64(columns), product.n - column))
              }
            }
          }
        }
      }
      return out
    }

    /// Whether a result is that of a plain loop in double precision, up to rounding.
    func isNear(_ found: [T]) -> Bool {
      for i in 0..<m {
        for j in 0..<n {
          var (sum, size) = (0.0, 0.0)
          for p in 0..<k {
            let left = Double(a[ta ? p * lda + i : i * lda + p])
            let product = left * Double(b[tb ? j * ldb + p : p * ldb + j])
            sum += product
            size += abs(product)
          }
          let before = beta == 0 ? 0 : beta * Double(out[i * ldout + j])
          let bound =
            Double(T.ulpOfOne) * (Double(k + 2) * abs(alpha) * size + 2 * abs(before))
          // Not less or equal: NaN.
          if !(abs(Double(found[i * ldout + j]) - (alpha * sum + before)) <= bound) { return false }
        }
        for j in n..<ldout where i * ldout + j < out.count {
          if found[i * ldout + j].bits != out[i * ldout + j].bits { return false }
        }
      }
      return true
    }
  }

  func checkEdge<T: Element & BinaryFloatingPoint>(_: T.Type, _ m: Int, _ n: Int, _ k: Int) {
    let cases = [
      (false, false, 1, 0), (true, false, 1, 1), (false, true, -0.75, 0), (true, true, 1.5, 0.5),
    ]
    for (ta, tb, alpha, beta) in cases {
      let problem = Problem<T>(m, n, k, ta, tb, alpha, beta)
      let what: Comment = "\(T.self) \(m)×\(k)·\(k)×\(n) \(ta) \(tb) \(alpha) \(beta)"
      let results = Variant.all.flatMap { variant in
        [(m + n, m + n, false), (m + n, m + n, true), (5, 32, false), (20, 64, true)].compactMap {
          problem.multiplied(by: variant, rows: $0, columns: $1, turned: $2)
        }
      }
      for result in results { #expect(result.map(\.bits) == results[0].map(\.bits), what) }
      let whole = problem.multiplied()
      #expect(problem.isNear(whole), what)
      if let first = results.first, whole.map(\.bits) != first.map(\.bits) {
        #expect(problem.isNear(first), what)
      }
    }
  }

  /// Neither the instruction set nor how a product is divided changes a bit.
  @Test(arguments: edges)
  func `Edges of panels and blocks`(m: Int, n: Int, k: Int) {
    checkEdge(Float.self, m, n, k)
    checkEdge(Double.self, m, n, k)
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
