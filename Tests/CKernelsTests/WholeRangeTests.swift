// float32 functions over their whole range against PyTorch. Reference/accuracy.py wrote the answers.

import CKernels
import Foundation
import Testing

/// A function, and how near it must come to the reference.
struct RangeFunction: CustomStringConvertible, Sendable {
  enum Kernel: Sendable {
    case unary(agk_unary_op)
    case fused(agk_fused_op)
    case binary(agk_binary_op)
    case fusedPair(agk_fused_op)
  }

  let description: String
  let kernel: Kernel
  /// The numbers that a fused function takes.
  var parameters: [Double] = []
  var ulps: Int64 = 2
  /// What counts as no difference.
  var floor: Float = 0
  /// Whether the operands' own size bounds the precision, since they are added.
  var adds = false
  /// Whether 0 and -0 are the same.
  var anyZero = false

  static let all: [RangeFunction] =
    [
      ("neg", .AGK_NEG), ("abs", .AGK_ABS), ("sign", .AGK_SIGN), ("square", .AGK_SQUARE),
      ("relu", .AGK_RELU), ("exp", .AGK_EXP), ("log", .AGK_LOG), ("sqrt", .AGK_SQRT),
      ("rsqrt", .AGK_RSQRT), ("reciprocal", .AGK_RECIPROCAL), ("sin", .AGK_SIN),
      ("cos", .AGK_COS), ("atan", .AGK_ATAN), ("tanh", .AGK_TANH), ("sigmoid", .AGK_SIGMOID),
      ("erf", .AGK_ERF), ("floor", .AGK_FLOOR), ("ceil", .AGK_CEIL), ("round", .AGK_ROUND),
      ("trunc", .AGK_TRUNC), ("exp2", .AGK_EXP2), ("expm1", .AGK_EXPM1), ("log2", .AGK_LOG2),
      ("log10", .AGK_LOG10), ("log1p", .AGK_LOG1P), ("tan", .AGK_TAN), ("asin", .AGK_ASIN),
      ("acos", .AGK_ACOS), ("sinh", .AGK_SINH), ("cosh", .AGK_COSH),
      ("acosh", .AGK_ACOSH), ("atanh", .AGK_ATANH), ("erfc", .AGK_ERFC),
      ("lgamma", .AGK_LGAMMA), ("erfinv", .AGK_ERFINV), ("digamma", .AGK_DIGAMMA),
    ].map { RangeFunction(description: $0, kernel: .unary($1)) }
    + [
      ("silu", .AGK_SILU, []), ("softplus", .AGK_SOFTPLUS, [1, 20]), ("elu", .AGK_ELU, [1, 1, 1]),
      ("log_sigmoid", .AGK_LOG_SIGMOID, []), ("leaky_relu", .AGK_LEAKY_RELU, [0.01]),
      ("hardsigmoid", .AGK_HARDSIGMOID, []), ("hardswish", .AGK_HARDSWISH, []),
      ("hardshrink", .AGK_HARDSHRINK, [0.5]),
      ("sinc", .AGK_SINC, []),
    ].map { RangeFunction(description: $0, kernel: .fused($1), parameters: $2) }
    + [
      // Several roundings by nature, PyTorch's as many and others; subnormal results are cut short.
      RangeFunction(description: "mish", kernel: .fused(.AGK_MISH), ulps: 4, floor: 0x1p-126),
      // Held against the truth, where PyTorch's has lost its digits: the tail of gelu_tanh is
      // e to the power of a number near -88, whose last bit counts as many times.
      RangeFunction(description: "gelu", kernel: .fused(.AGK_GELU), ulps: 6, floor: 0x1p-123),
      RangeFunction(
        description: "gelu_tanh", kernel: .fused(.AGK_GELU_TANH), ulps: 110, floor: 0x1p-123),
    ]
    + [
      ("add", .AGK_ADD), ("sub", .AGK_SUB), ("mul", .AGK_MUL), ("div", .AGK_DIV),
      ("pow", .AGK_POW), ("atan2", .AGK_ATAN2), ("hypot", .AGK_HYPOT),
      ("copysign", .AGK_COPYSIGN), ("fmod", .AGK_FMOD), ("remainder", .AGK_REMAINDER),
      ("floor_divide", .AGK_FLOOR_DIVIDE),
    ].map { RangeFunction(description: $0, kernel: .binary($1)) }
    + [
      // SLEEF's rounds the least number to 0, without its sign.
      RangeFunction(description: "asinh", kernel: .unary(.AGK_ASINH), anyZero: true),
      // PyTorch gives 0 for whole vectors, -0 for the rest.
      RangeFunction(
        description: "softshrink", kernel: .fused(.AGK_SOFTSHRINK), parameters: [0.5], anyZero: true
      ),
      RangeFunction(description: "maximum", kernel: .binary(.AGK_MAXIMUM), anyZero: true),
      RangeFunction(description: "minimum", kernel: .binary(.AGK_MINIMUM), anyZero: true),
      RangeFunction(description: "logaddexp", kernel: .fusedPair(.AGK_LOGADDEXP), adds: true),
      RangeFunction(description: "logaddexp2", kernel: .fusedPair(.AGK_LOGADDEXP2), adds: true),
      RangeFunction(description: "xlogy", kernel: .fusedPair(.AGK_XLOGY)),
    ]

  var isPair: Bool {
    switch kernel {
    case .unary, .fused: false
    case .binary, .fusedPair: true
    }
  }

  func run(_ kernels: agk_kernels, _ a: [Float], _ b: [Float]) -> [Float] {
    var out = a
    let n = Int64(a.count)
    switch kernel {
    case .unary(let op): kernels.unary(op, .AGK_FLOAT32, n, &out, 1, a, 1)
    case .fused(let op):
      kernels.fused(
        op, .AGK_FLOAT32, n, &out, 1, a, 1, nil, 1, nil, 1, parameters + [0, 0, 0])
    case .binary(let op): kernels.binary(op, .AGK_FLOAT32, n, &out, 1, a, 1, b, 1)
    case .fusedPair(let op):
      kernels.fused(op, .AGK_FLOAT32, n, &out, 1, a, 1, b, 1, nil, 1, [0, 0, 0])
    }
    return out
  }

  func agrees(_ found: Float, _ expected: Float, _ a: Float, _ b: Float) -> Bool {
    if CKernelsTests.ulps(found, expected) <= ulps {
      return anyZero || found != 0 || found.sign == expected.sign
    }
    let scale = adds ? 2 * max(1, abs(a), abs(b)).ulp : 0
    return abs(found - expected) <= max(floor, scale)
  }
}

@Suite struct WholeRangeTests {
  /// The reference's lines by name.
  static let reference: [String: [Float]] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Reference/accuracy.txt")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    var lines: [String: [Float]] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      lines[String(words[0])] = words.dropFirst().map {
        Float(bitPattern: UInt32($0, radix: 16) ?? 0)
      }
    }
    return lines
  }()

  @Test(arguments: Variant.all, RangeFunction.all)
  func `A float32 function is as near to PyTorch's as said, over the whole range`(
    variant: Variant, function: RangeFunction
  ) throws {
    let a = try #require(Self.reference[function.isPair ? "a" : "x"])
    let b = function.isPair ? try #require(Self.reference["b"]) : a
    let expected = try #require(Self.reference[function.description])
    try #require(expected.count == a.count && a.count > 1000)
    let found = function.run(variant.kernels, a, b)
    for i in a.indices where !function.agrees(found[i], expected[i], a[i], b[i]) {
      Issue.record(
        "\(function)(\(a[i])\(function.isPair ? ", \(b[i])" : "")) = \(found[i]), not \(expected[i])"
      )
    }
  }
}
