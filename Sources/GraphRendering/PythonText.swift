// Values as Python's `str` writes them.

import GraphModel

/// Attributes that PyTorch keeps as a number of any type and shows with its sign.
///
/// It shows whole numbers of every other name as unsigned 64-bit values. The names are those of the
/// saved arguments of type `Scalar` in PyTorch 2.13's `derivatives.yaml`; none is used for both.
let scalarAttributes: Set<String> = [
  "alpha", "beta", "correction", "exponent", "initial", "input_scale", "lambd", "lower", "margin",
  "max", "max_val", "maxnorm", "min", "min_val", "negative_slope", "ord", "other", "p", "scalar",
  "scalars", "scale", "self", "threshold", "upper", "value", "weight",
]

/// An attribute's value as Python writes it; whole numbers unsigned unless told otherwise.
func pythonText(_ value: AttributeValue, isSigned: Bool) -> String {
  func text(_ number: Int) -> String {
    isSigned ? String(number) : String(UInt64(bitPattern: Int64(number)))
  }
  return switch value {
  case .none: "None"
  case .bool(let truth): pythonText(truth)
  case .int(let number): text(number)
  case .double(let number): pythonText(number)
  case .string(let string): string
  case .ints(let numbers): tuple(numbers.map(text))
  case .doubles(let numbers): tuple(numbers.map { pythonText($0) })
  case .bools(let truths): tuple(truths.map { pythonText($0) })
  }
}

/// What PyTorchViz writes in place of saved tensors.
func pythonText(_ saved: ComputationGraph.Saved) -> String {
  switch saved {
  case .tensor(nil): "None"
  case .tensor: "[saved tensor]"
  case .tensors(let tensors):
    tensors.contains { $0 != nil }
      ? "[saved tensors]" : tuple(tensors.map { _ in "None" })
  }
}

/// A floating-point number as Python's `repr` writes it: the fewest digits that read back the same.
///
/// Swift prints the same digits, but turns to an exponent at 2⁵⁴ where Python does at 10¹⁶.
func pythonText(_ number: Double) -> String {
  let text = number.description
  guard number.isFinite, abs(number) >= 1e16, !text.contains("e") else { return text }
  let sign = number < 0 ? "-" : ""
  let digits = String(text.drop { $0 == "-" }.prefix { $0 != "." })
  var significant = Substring(digits)
  while significant.count > 1, significant.last == "0" { significant.removeLast() }
  let fraction = significant.dropFirst()
  return sign + significant.prefix(1) + (fraction.isEmpty ? "" : "." + fraction)
    + "e+\(digits.count - 1)"
}

private func pythonText(_ truth: Bool) -> String {
  truth ? "True" : "False"
}

private func tuple(_ items: [String]) -> String {
  items.count == 1 ? "(\(items[0]),)" : "(" + items.joined(separator: ", ") + ")"
}
