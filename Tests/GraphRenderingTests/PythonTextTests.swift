// Values as Python writes them; the expectations are Python's.

import GraphModel
import Testing

@testable import GraphRendering

@Suite("Python's text")
struct PythonTextTests {
  @Test(
    "of a floating-point number",
    arguments: [
      (0.1, "0.1"), (1, "1.0"), (-0.0, "-0.0"), (1e15, "1000000000000000.0"), (1e16, "1e+16"),
      (-12_345_678_901_234_568, "-1.2345678901234568e+16"), (1.7e16, "1.7e+16"),
      (1e22, "1e+22"), (1e-4, "0.0001"), (1e-5, "1e-05"), (2.5e-7, "2.5e-07"),
      (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"), (.infinity, "inf"),
      (-.infinity, "-inf"),
      (.nan, "nan"), (9_007_199_254_740_992, "9007199254740992.0"),
    ])
  func floatingPoint(number: Double, expected: String) {
    #expect(pythonText(number) == expected)
  }

  @Test(
    "of an attribute",
    arguments: [
      (AttributeValue.none, "None"), (.bool(true), "True"), (.int(-1), "18446744073709551615"),
      (.ints([]), "()"), (.ints([1]), "(1,)"), (.ints([2, -2]), "(2, 18446744073709551614)"),
      (.doubles([1.5, 2]), "(1.5, 2.0)"), (.bools([true, false]), "(True, False)"),
      (.string("mean"), "mean"),
    ])
  func attribute(value: AttributeValue, expected: String) {
    #expect(pythonText(value, isSigned: false) == expected)
  }

  @Test("of a number that PyTorch keeps with its sign")
  func signed() {
    #expect(pythonText(.int(-1), isSigned: true) == "-1")
  }

  @Test(
    "of saved tensors",
    arguments: [
      (ComputationGraph.Saved.tensor(nil), "None"), (.tensor(3), "[saved tensor]"),
      (.tensors([]), "()"), (.tensors([nil]), "(None,)"), (.tensors([nil, 1]), "[saved tensors]"),
    ])
  func saved(value: ComputationGraph.Saved, expected: String) {
    #expect(pythonText(value) == expected)
  }
}
