// Conversions between all dtypes.

import CKernels
import Testing

@Suite struct ConversionTests {
  /// Converts on every instruction set, with strides, and compares.
  func check<From: Element, To: Element>(_ values: [From], _ meaning: (From) -> To) {
    let many = Array((0..<9).map { _ in values }.joined())
    for n in [0, 1, 2, values.count, many.count] {
      for (out, stride) in [(1, 1), (2, 1), (1, -1), (3, 2)] {
        let x = Run(Array(many.prefix(n)), stride: stride)
        let expected = x.values.map { meaning($0).bits }
        for variant in Variant.all {
          var result = Run(x.values.map { _ in To(fraction: 0) }, stride: out)
          x.read { p, ps in
            result.write { variant.kernels.convert(To.dtype, From.dtype, Int64(n), $0, $1, p, ps) }
          }
          #expect(
            result.values.map(\.bits) == expected,
            "\(From.self) to \(To.self) on \(variant), n \(n)")
        }
      }
    }
  }

  @Test func `From bool`() {
    let x = [true, false, true]
    check(x) { $0 }
    check(x) { Int32($0 ? 1 : 0) }
    check(x) { Int64($0 ? 1 : 0) }
    check(x) { Float($0 ? 1 : 0) }
    check(x) { Double($0 ? 1 : 0) }
  }

  @Test func `From integers: narrowing wraps, floating point rounds`() {
    let narrow: [Int32] = [0, 1, -1, .max, .min, 16_777_217]
    check(narrow) { $0 != 0 }
    check(narrow) { $0 }
    check(narrow) { Int64($0) }
    check(narrow) { Float($0) }
    check(narrow) { Double($0) }
    let wide: [Int64] = [0, 1, -1, .max, .min, 1 << 40 + 5, 9_007_199_254_740_993, -(1 << 33)]
    check(wide) { $0 != 0 }
    check(wide) { Int32(truncatingIfNeeded: $0) }
    check(wide) { $0 }
    check(wide) { Float($0) }
    check(wide) { Double($0) }
  }

  @Test func `From floating point: truncated, what does not fit gives the smallest integer`() {
    func test<T: Element & BinaryFloatingPoint>(_: T.Type) {
      let x: [T] = [
        0, -0.0, 0.9, -0.9, 1.5, -2.5, 3e9, -3e9, 2_147_483_648, -2_147_483_648, 1e19, -1e19,
        9_223_372_036_854_775_808, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, 1e30,
      ]
      check(x) { $0 != 0 }
      check(x) { Int32(exactly: $0.rounded(.towardZero)) ?? .min }
      check(x) { Int64(exactly: $0.rounded(.towardZero)) ?? .min }
      check(x) { Float($0) }
      check(x) { Double($0) }
    }
    test(Float.self)
    test(Double.self)
  }
}
