// Transcendental functions against PyTorch, and the instruction sets against each other.

import CKernels
import Testing

/// An operator and what PyTorch gave for the reference's arguments.
struct Function: CustomStringConvertible, Sendable {
  let description: String
  let op: agk_unary_op
  let float: [UInt32]
  let double: [UInt64]

  static let all = [
    Function(
      description: "exp", op: .AGK_EXP, float: TorchReference.expFloat,
      double: TorchReference.expDouble),
    Function(
      description: "log", op: .AGK_LOG, float: TorchReference.logFloat,
      double: TorchReference.logDouble),
    Function(
      description: "sin", op: .AGK_SIN, float: TorchReference.sinFloat,
      double: TorchReference.sinDouble),
    Function(
      description: "cos", op: .AGK_COS, float: TorchReference.cosFloat,
      double: TorchReference.cosDouble),
    Function(
      description: "atan", op: .AGK_ATAN, float: TorchReference.atanFloat,
      double: TorchReference.atanDouble),
    Function(
      description: "tanh", op: .AGK_TANH, float: TorchReference.tanhFloat,
      double: TorchReference.tanhDouble),
    Function(
      description: "sigmoid", op: .AGK_SIGMOID, float: TorchReference.sigmoidFloat,
      double: TorchReference.sigmoidDouble),
    Function(
      description: "erf", op: .AGK_ERF, float: TorchReference.erfFloat,
      double: TorchReference.erfDouble),
  ]
}

@Suite struct AccuracyTests {
  @Test(arguments: Variant.all, Function.all)
  func `Within 2 ulp of PyTorch, special values included`(variant: Variant, function: Function) {
    let x = TorchReference.argumentsFloat.map { Float(bitPattern: $0) }
    var out = x
    variant.kernels.unary(function.op, .AGK_FLOAT32, Int64(x.count), &out, 1, x, 1)
    for i in x.indices {
      let expected = Float(bitPattern: function.float[i])
      #expect(ulps(out[i], expected) <= 2, "\(function)(\(x[i])) = \(out[i]), not \(expected)")
      #expect(out[i] != 0 || out[i].sign == expected.sign, "\(function)(\(x[i]))")
    }
    let y = TorchReference.argumentsDouble.map { Double(bitPattern: $0) }
    var wide = y
    variant.kernels.unary(function.op, .AGK_FLOAT64, Int64(y.count), &wide, 1, y, 1)
    for i in y.indices {
      let expected = Double(bitPattern: function.double[i])
      #expect(ulps(wide[i], expected) <= 3, "\(function)(\(y[i])) = \(wide[i]), not \(expected)")
      #expect(wide[i] != 0 || wide[i].sign == expected.sign, "\(function)(\(y[i]))")
    }
  }

  @Test(arguments: Variant.all, Function.all)
  func `A result does not depend on position or neighbours`(variant: Variant, function: Function) {
    let x = TorchReference.argumentsFloat.map { Float(bitPattern: $0) }
    let y = TorchReference.argumentsDouble.map { Double(bitPattern: $0) }
    func test<T: Element>(_ x: [T]) {
      let alone = x.map { value in
        var out = [value]
        variant.kernels.unary(function.op, T.dtype, 1, &out, 1, [value], 1)
        return out[0].bits
      }
      for start in 0..<17 {
        let part = Array(x[start...])
        var out = part
        variant.kernels.unary(function.op, T.dtype, Int64(part.count), &out, 1, part, 1)
        #expect(out.map(\.bits) == Array(alone[start...]), "from \(start)")
      }
      var strided = Run(x, stride: 2)
      Run(x, stride: 3).read { p, ps in
        strided.write { variant.kernels.unary(function.op, T.dtype, Int64(x.count), $0, $1, p, ps) }
      }
      #expect(strided.values.map(\.bits) == alone)
    }
    test(x)
    test(y)
  }

  @Test(arguments: Function.all)
  func `AVX2 and AVX-512 agree to the last bit, the baseline to 2 ulp`(function: Function) {
    let count = 5000
    let x = samples(count, seed: 9, as: Float.self).enumerated().map { i, value in
      value * [0.01, 1, 20, 3000][i % 4]
    }
    let y = x.map(Double.init)
    let results = Variant.all.map { variant -> ([Float], [Double]) in
      var (narrow, wide) = (x, y)
      variant.kernels.unary(function.op, .AGK_FLOAT32, Int64(count), &narrow, 1, x, 1)
      variant.kernels.unary(function.op, .AGK_FLOAT64, Int64(count), &wide, 1, y, 1)
      return (narrow, wide)
    }
    for (variant, result) in zip(Variant.all, results) {
      let limit = variant.description == "baseline" ? 2 : 0
      for i in 0..<count {
        #expect(ulps(result.0[i], results.last!.0[i]) <= limit, "\(variant): \(x[i])")
        #expect(ulps(result.1[i], results.last!.1[i]) <= limit + limit / 2, "\(variant): \(y[i])")
      }
    }
  }

  @Test func `pow is PyTorch's at special values`() {
    let base: [Float] = [0, -0.0, 2, -2, -2, .nan, 1, 0, .infinity, -1, 0.5, -8, 4]
    let exponent: [Float] = [0, 3, -2, 3, 0.5, 0, .nan, -1, -1, .infinity, 200, 1 / 3, 0.5]
    let expected: [Float] = [1, -0.0, 0.25, -8, .nan, 1, 1, .infinity, 0, 1, 0, .nan, 2]
    for variant in Variant.all {
      var out = base
      variant.kernels.binary(
        .AGK_POW, .AGK_FLOAT32, Int64(base.count), &out, 1, base, 1, exponent, 1)
      #expect(out.map(\.bits) == expected.map(\.bits), "\(variant)")
    }
  }
}
