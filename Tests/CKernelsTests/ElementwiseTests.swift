// out[i] = f(…): every operator and dtype against a plain loop in Swift.

import CKernels
import Foundation
import Testing

/// One operator on one dtype with its meaning.
struct Case<T: Element, R: Element>: CustomStringConvertible {
  let description: String
  let meaning: ([T]) -> R
  let run:
    (
      Variant, Int64, UnsafeMutableRawPointer, Int64, [(UnsafeRawPointer, Int64)]
    ) -> Void
}

/// Checks a case for every length, stride set and instruction set.
func check<T: Element, R: Element>(
  _ test: Case<T, R>, operands: Int, agrees: (R, R) -> Bool = { $0.bits == $1.bits },
  values: (Int, Int) -> [T] = { samples($0, seed: $1) }
) {
  for strides in strideSets {
    for n in strides == [1, 1, 1, 1] ? lengths : someLengths {
      let inputs = (1...operands).map { k in
        Run(spread(values(n, k), stride: strides[k]), stride: strides[k])
      }
      let given = inputs.map(\.values)
      let expected = (0..<n).map { i in test.meaning(given.map { $0[i] }) }
      for variant in Variant.all {
        var out = Run(Array(repeating: R(fraction: 0), count: n), stride: strides[0])
        let before = out.storage
        read(inputs) { pointers in
          out.write { test.run(variant, Int64(n), $0, $1, pointers) }
        }
        let found = out.values
        if let wrong = (0..<n).first(where: { !agrees(found[$0], expected[$0]) }) {
          Issue.record(
            """
            \(test) on \(variant), n \(n), strides \(strides): \
            element \(wrong) is \(found[wrong]), not \(expected[wrong])
            """)
          return
        }
        for i in 0..<n { out.storage[out.position(i)] = before[out.position(i)] }
        #expect(
          out.storage.map(\.bits) == before.map(\.bits),
          "\(test) on \(variant) writes beside its run, n \(n), strides \(strides)")
      }
    }
  }
}

/// Calls `body` with the address and stride of every run.
func read<T: Element>(_ runs: [Run<T>], _ body: ([(UnsafeRawPointer, Int64)]) -> Void) {
  func next(_ k: Int, _ found: [(UnsafeRawPointer, Int64)]) {
    if k == runs.count { return body(found) }
    runs[k].read { next(k + 1, found + [($0, $1)]) }
  }
  next(0, [])
}

func unary<T: Element>(_ op: agk_unary_op, _ meaning: @escaping (T) -> T) -> Case<T, T> {
  Case(description: "unary \(op.rawValue) \(T.self)", meaning: { meaning($0[0]) }) {
    $0.kernels.unary(op, T.dtype, $1, $2, $3, $4[0].0, $4[0].1)
  }
}

func binary<T: Element>(_ op: agk_binary_op, _ meaning: @escaping (T, T) -> T) -> Case<T, T> {
  Case(description: "binary \(op.rawValue) \(T.self)", meaning: { meaning($0[0], $0[1]) }) {
    $0.kernels.binary(op, T.dtype, $1, $2, $3, $4[0].0, $4[0].1, $4[1].0, $4[1].1)
  }
}

func sign<T: Comparable & SignedNumeric>(_ x: T) -> T { x > 0 ? 1 : x < 0 ? -1 : 0 }

@Suite struct ElementwiseTests {
  @Test func `Unary operators on floating point are Swift's`() {
    func exact<T: Element & BinaryFloatingPoint>(_: T.Type) {
      let cases: [Case<T, T>] = [
        unary(.AGK_NEG) { -$0 }, unary(.AGK_ABS) { abs($0) }, unary(.AGK_SIGN, sign),
        unary(.AGK_SQUARE) { $0 * $0 }, unary(.AGK_RELU) { $0 < 0 ? 0 : $0 },
        unary(.AGK_SQRT) { $0.squareRoot() }, unary(.AGK_RSQRT) { 1 / $0.squareRoot() },
        unary(.AGK_RECIPROCAL) { 1 / $0 }, unary(.AGK_FLOOR) { $0.rounded(.down) },
        unary(.AGK_CEIL) { $0.rounded(.up) }, unary(.AGK_ROUND) { $0.rounded(.toNearestOrEven) },
        unary(.AGK_TRUNC) { $0.rounded(.towardZero) },
      ]
      for test in cases {
        check(test, operands: 1, values: { samples($0, seed: $1, as: T.self).map { $0 * 4 } })
      }
    }
    exact(Float.self)
    exact(Double.self)
  }

  @Test func `Transcendental functions are within 2 ulp of the C library's`() {
    func near<T: Element & BinaryFloatingPoint>(_: T.Type, _ ulps: @escaping (T, T) -> Int64) {
      let functions: [(agk_unary_op, (Double) -> Double)] = [
        (.AGK_EXP, exp), (.AGK_LOG, log), (.AGK_SIN, sin), (.AGK_COS, cos), (.AGK_ATAN, atan),
        (.AGK_TANH, tanh), (.AGK_SIGMOID, { 1 / (1 + exp(-$0)) }), (.AGK_ERF, erf),
      ]
      for (op, f) in functions {
        check(
          unary(op) { T(f(Double($0))) }, operands: 1, agrees: { ulps($0, $1) <= 2 },
          values: { samples($0, seed: $1, as: T.self).map { $0 * 3 } })
      }
    }
    near(Float.self, ulps)
    near(Double.self, ulps)
  }

  @Test func `Unary operators on integers and bool wrap`() {
    func integer<T: Element & FixedWidthInteger & SignedInteger>(_: T.Type) {
      let cases: [Case<T, T>] = [
        unary(.AGK_NEG) { 0 &- $0 }, unary(.AGK_ABS) { $0 < 0 ? 0 &- $0 : $0 },
        unary(.AGK_SIGN, sign), unary(.AGK_SQUARE) { $0 &* $0 }, unary(.AGK_RELU) { max($0, 0) },
        unary(.AGK_BITWISE_NOT) { ~$0 },
      ]
      for test in cases {
        check(
          test, operands: 1,
          values: { n, seed in
            var values = samples(n, seed: seed, as: T.self)
            if n > 2 { (values[1], values[2]) = (.min, .max) }
            return values
          })
      }
    }
    integer(Int32.self)
    integer(Int64.self)
    check(unary(.AGK_BITWISE_NOT) { (x: Bool) in !x }, operands: 1)
    check(unary(.AGK_ABS) { (x: Bool) in x }, operands: 1)
  }

  @Test func `Binary operators on floating point are Swift's, without contraction`() {
    func floating<T: Element & BinaryFloatingPoint>(_: T.Type) {
      let cases: [Case<T, T>] = [
        binary(.AGK_ADD, +), binary(.AGK_SUB, -), binary(.AGK_MUL, *), binary(.AGK_DIV, /),
        binary(.AGK_MAXIMUM) { $1 > $0 || $1.isNaN ? $1 : $0 },
        binary(.AGK_MINIMUM) { $1 < $0 || $1.isNaN ? $1 : $0 },
        binary(.AGK_TANH_BACKWARD) { $0 * (1 - $1 * $1) },
        binary(.AGK_SIGMOID_BACKWARD) { $0 * (1 - $1) * $1 },
        binary(.AGK_RELU_BACKWARD) { $1 <= 0 ? 0 : $0 },
      ]
      for test in cases {
        check(
          test, operands: 2,
          values: { n, seed in
            var values = samples(n, seed: seed, as: T.self)
            if n > 20 { (values[3 * seed], values[11], values[17]) = (.nan, .infinity, -0.0) }
            return values
          })
      }
    }
    floating(Float.self)
    floating(Double.self)
  }

  @Test func `Binary operators on integers and bool wrap`() {
    func power<T: FixedWidthInteger>(_ base: T, _ exponent: T) -> T {
      if exponent < 0 {
        return base == 1 ? 1 : base == 0 &- 1 ? (exponent & 1 == 0 ? 1 : 0 &- 1) : 0
      }
      return (0..<Int(exponent)).reduce(1) { result, _ in result &* base }
    }
    func integer<T: Element & FixedWidthInteger>(_: T.Type) {
      let cases: [Case<T, T>] = [
        binary(.AGK_ADD, &+), binary(.AGK_SUB, &-), binary(.AGK_MUL, &*), binary(.AGK_POW, power),
        binary(.AGK_MAXIMUM, max), binary(.AGK_MINIMUM, min), binary(.AGK_BITWISE_AND, &),
        binary(.AGK_BITWISE_OR, |), binary(.AGK_BITWISE_XOR, ^),
      ]
      for test in cases { check(test, operands: 2) }
      let wrapping: [Case<T, T>] = [
        binary(.AGK_ADD, &+), binary(.AGK_SUB, &-), binary(.AGK_MUL, &*),
      ]
      for test in wrapping {
        check(
          test, operands: 2,
          values: { n, seed in samples(n, seed: seed, as: T.self).map { $0 &* (.max / 3) } })
      }
    }
    integer(Int32.self)
    integer(Int64.self)
    let boolean: [Case<Bool, Bool>] = [
      binary(.AGK_ADD) { $0 || $1 }, binary(.AGK_MUL) { $0 && $1 },
      binary(.AGK_MAXIMUM) { $0 || $1 },
      binary(.AGK_MINIMUM) { $0 && $1 }, binary(.AGK_BITWISE_AND) { $0 && $1 },
      binary(.AGK_BITWISE_OR) { $0 || $1 }, binary(.AGK_BITWISE_XOR) { $0 != $1 },
    ]
    for test in boolean { check(test, operands: 2) }
  }

  @Test func `pow is within 2 ulp of the C library's`() {
    check(
      binary(.AGK_POW) { (a: Float, b: Float) in Float(pow(Double(a), Double(b))) }, operands: 2,
      agrees: { ulps($0, $1) <= 2 },
      values: { samples($0, seed: $1, as: Float.self).map { abs($0) * 5 } })
    check(
      binary(.AGK_POW) { (a: Double, b: Double) in pow(a, b) }, operands: 2,
      agrees: { ulps($0, $1) <= 2 },
      values: { samples($0, seed: $1, as: Double.self).map { abs($0) * 5 } })
  }

  @Test func `add_scaled rounds twice`() {
    func test<T: Element & Numeric>(_: T.Type) {
      let scaled = Case<T, T>(description: "add_scaled", meaning: { $0[0] + $0[2] * $0[1] }) {
        $0.kernels.ternary(
          .AGK_ADD_SCALED, T.dtype, $1, $2, $3, $4[0].0, $4[0].1, $4[1].0, $4[1].1, $4[2].0, $4[2].1
        )
      }
      check(scaled, operands: 3)
    }
    test(Float.self)
    test(Double.self)
    test(Int32.self)
    test(Int64.self)
  }

  @Test func `Comparisons of every dtype are Swift's`() {
    func test<T: Element>(_: T.Type, less: @escaping (T, T) -> Bool) {
      let operators: [(agk_compare_op, (T, T) -> Bool)] = [
        (.AGK_EQ, { $0 == $1 }), (.AGK_NE, { $0 != $1 }), (.AGK_LT, less),
        (.AGK_LE, { less($0, $1) || $0 == $1 }), (.AGK_GT, { less($1, $0) }),
        (.AGK_GE, { less($1, $0) || $0 == $1 }),
      ]
      for (op, meaning) in operators {
        let compare = Case<T, Bool>(
          description: "compare \(op.rawValue) \(T.self)", meaning: { meaning($0[0], $0[1]) }
        ) {
          $0.kernels.compare(
            op, T.dtype, $1, $2.assumingMemoryBound(to: Bool.self), $3, $4[0].0, $4[0].1, $4[1].0,
            $4[1].1)
        }
        check(compare, operands: 2)
      }
    }
    test(Bool.self) { !$0 && $1 }
    test(Int32.self, less: <)
    test(Int64.self, less: <)
    test(Float.self, less: <)
    test(Double.self, less: <)
  }

  @Test func `where takes from either side`() {
    func test<T: Element>(_: T.Type) {
      for strides in strideSets {
        for n in someLengths {
          let condition: Run<Bool> = Run(spread(samples(n), stride: strides[1]), stride: strides[1])
          let sides = [2, 3].map { k in
            Run<T>(spread(samples(n, seed: k), stride: strides[k]), stride: strides[k])
          }
          let (chosen, a, b) = (condition.values, sides[0].values, sides[1].values)
          let expected = (0..<n).map { chosen[$0] ? a[$0] : b[$0] }
          for variant in Variant.all {
            var out = Run(Array(repeating: T(fraction: 0), count: n), stride: strides[0])
            condition.read { c, c_stride in
              read(sides) { p in
                out.write {
                  variant.kernels.where(
                    T.dtype, Int64(n), $0, $1, c.assumingMemoryBound(to: Bool.self), c_stride,
                    p[0].0, p[0].1, p[1].0, p[1].1)
                }
              }
            }
            #expect(out.values == expected, "\(T.self) on \(variant), n \(n), strides \(strides)")
          }
        }
      }
    }
    test(Bool.self)
    test(Int32.self)
    test(Int64.self)
    test(Float.self)
    test(Double.self)
  }

  @Test func `An output may be one of its inputs`() {
    for variant in Variant.all {
      for n in lengths {
        let (a, b): ([Float], [Float]) = (samples(n, seed: 1), samples(n, seed: 2))
        var x = a
        x.withUnsafeMutableBytes { p in
          if n == 0 { return }
          variant.kernels.binary(
            .AGK_SUB, .AGK_FLOAT32, Int64(n), p.baseAddress!, 1, p.baseAddress!, 1, b, 1)
          variant.kernels.unary(
            .AGK_EXP, .AGK_FLOAT32, Int64(n), p.baseAddress!, 1, p.baseAddress!, 1)
        }
        var y = zip(a, b).map { $0 - $1 }
        if n > 0 { variant.kernels.unary(.AGK_EXP, .AGK_FLOAT32, Int64(n), &y, 1, y.map { $0 }, 1) }
        #expect(x == y, "\(variant), n \(n)")
      }
    }
  }
}
