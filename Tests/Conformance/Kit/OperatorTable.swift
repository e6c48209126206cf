// The engine's operators by PyTorch's names.

import Autograd

/// What an operator does with the arguments of a call.
typealias Operator = @Sendable (Call) throws(CallError) -> [Tensor?]

/// Every operator of the engine; one that is not here counts as not yet supported.
enum OperatorTable {
  private static let families: [[String: Operator]] = [
    activationOperators,
    alongOperators,
    arithmeticOperators,
    comparisonOperators,
    convolutionOperators,
    copyOperators,
    creationOperators,
    dimensionOperators,
    inPlaceOperators,
    indexingOperators,
    joiningOperators,
    linalgOperators,
    lossOperators,
    matmulOperators,
    networkFunctionOperators,
    normalizationOperators,
    orderStatisticsOperators,
    pointwiseOperators,
    poolingOperators,
    powerOperators,
    rearrangingOperators,
    reductionOperators,
    resizingOperators,
    softmaxOperators,
    specialOperators,
    statisticsOperators,
    unaryOperators,
    viewOperators,
  ]

  private static let table = families.reduce(into: [:]) { table, family in
    table.merge(family) { _, _ in fatalError("an operator is in two families") }
  }

  /// The operators' names, those of subscripts included.
  static var names: [String] { table.keys + ["index", "index_put_"] }

  /// Makes a call; throws when the table has no such operator.
  static func perform(_ call: Call) throws(CallError) -> [Tensor?] {
    guard let operation = table[call.op] else { throw .unsupported(call.op) }
    let results = try operation(call)
    try call.checkEverythingWasRead()
    return results
  }
}
