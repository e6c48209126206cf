// The printed text of tensors against PyTorch's. Reference/tensor_formatter.py wrote the answers.
import Foundation
import Testing

@testable import Autograd

@Suite struct TensorFormatterTests {
  @Test(arguments: try PrintedTensor.all())
  func `prints as PyTorch does`(tensor: PrintedTensor) {
    let formatter = TensorFormatter(
      shape: tensor.shape, elements: tensor.elements,
      suffixes: TensorFormatter.suffixes(
        shape: tensor.shape, dtype: tensor.dtype, gradFn: tensor.gradFn,
        requiresGrad: tensor.requiresGrad))
    #expect(formatter.description == tensor.text)
  }

  @Test(
    arguments: [
      (0.5, 0, "0"), (1.5, 0, "2"), (2.5, 0, "2"), (9.5, 0, "10"), (0.05, 0, "0"), (0.96, 1, "1.0"),
      (0.03125, 4, "0.0312"), (0.09375, 4, "0.0938"), (0, 2, "0.00"),
      (1e22, 1, "10000000000000000000000.0"),
      (.leastNonzeroMagnitude, 4, "0.0000"), (0.99995, 4, "1.0000"), (12.5, 4, "12.5000"),
    ] as [(Double, Int, String)])
  func `rounds to a number of decimals, ties to even`(
    value: Double, decimals: Int, text: String
  ) {
    #expect(DecimalExpansion(value).fixed(decimals: decimals) == text)
  }

  @Test(
    arguments: [
      (0, "0.0000e+00"), (.leastNonzeroMagnitude, "4.9407e-324"),
      (1.7976931348623157e308, "1.7977e+308"),
      (99999.5, "1.0000e+05"), (100_005, "1.0000e+05"), (100_015, "1.0002e+05"),
      (0.1, "1.0000e-01"),
    ] as [(Double, String)])
  func `writes an exponent of two digits or more`(value: Double, text: String) {
    #expect(DecimalExpansion(value).scientific(decimals: 4) == text)
  }
}

/// A tensor and what PyTorch printed for it; the data repeat as often as the shape needs.
struct PrintedTensor: Decodable, Sendable, CustomTestStringConvertible {
  var shape: [Int]
  var dtype: String
  var data: [Element]
  var requiresGrad: Bool
  var gradFn: String?
  var text: String

  enum CodingKeys: String, CodingKey {
    case shape, dtype, data, text
    case requiresGrad = "requires_grad"
    case gradFn = "grad_fn"
  }

  var testDescription: String {
    "\(dtype) \(shape) \(text.prefix { $0 != "\n" })"
  }

  var elements: TensorFormatter.Elements {
    let data = data
    return switch dtype {
    case "bool": .bool { data[$0 % data.count].integer != 0 }
    case "int32", "int64": .integer { data[$0 % data.count].integer }
    default: .floating { data[$0 % data.count].double }
    }
  }

  static func all() throws -> [PrintedTensor] { try Reference.lines(of: "tensor_formatter.jsonl") }
}

extension PrintedTensor {
  /// A number, a truth value, or a number that JSON has no notation for, as a string.
  struct Element: Decodable, Sendable {
    var integer = 0
    var double = 0.0

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let value = try? container.decode(Bool.self) {
        integer = value ? 1 : 0
      } else if let name = try? container.decode(String.self) {
        double = Double(name) ?? 0
      } else {
        double = try container.decode(Double.self)
        integer = (try? container.decode(Int.self)) ?? 0
      }
    }
  }
}
