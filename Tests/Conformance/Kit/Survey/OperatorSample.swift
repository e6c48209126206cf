// For each operator, what the reference programs say of it, and one of them to try it with.

import Autograd

/// What the reference programs say of one operator.
struct OperatorSample {
  /// The number of programs that call it, refusals included.
  var programs = 0
  /// The backward nodes that PyTorch made for its results.
  var nodes: Set<String> = []
  /// A program that calls it, and where: the line, and the position of the step.
  var example: (line: ArraySlice<UInt8>, step: Int)?
  /// How good the example is: the fewer steps and surprises, the better.
  private var cost = Int.max

  /// The operators of the table, with what the data files say.
  static func collect(_ files: [String]) throws -> [String: OperatorSample] {
    var samples: [String: OperatorSample] = [:]
    for name in OperatorTable.names { samples[name] = OperatorSample() }
    for path in files {
      for line in try DataFile(path: path).lines {
        let program = try Program(line: line)
        for op in Set(program.steps.map(\.op)) where samples[op] != nil {
          samples[op]!.programs += 1
        }
        guard program.expectation.error == nil else { continue }
        for (i, step) in program.steps.enumerated() where samples[step.op] != nil {
          samples[step.op]!.offer(program, i, line)
        }
      }
    }
    return samples
  }

  /// Notes a node.
  ///
  /// Not those that an operator in place shows but did not make: its input's, a copy's, where it has no
  /// derivative, and the view's, where it changed one.
  mutating func add(_ node: String, of op: String) {
    guard !op.hasSuffix("_") || !["CloneBackward0", "AsStridedBackward0"].contains(node) else {
      return
    }
    nodes.insert(node)
  }

  private mutating func offer(_ program: Program, _ i: Int, _ line: ArraySlice<UInt8>) {
    let step = program.steps[i]
    let values = program.expectation.values
    // A tensor says what made it last: what no later step has changed.
    let isLast = program.steps[(i + 1)...].allSatisfy { ["grad", "backward"].contains($0.op) }
    for case let node? in step.outputs.map({ name in
      values.first { $0.name == name }?.value.gradFn
    }) where isLast { add(node, of: step.op) }
    guard program.tensors.allSatisfy({ !$0.data.elements.isEmpty }) else { return }
    let dtypes = Set(program.tensors.map(\.data.dtype))
    let isOfFloats = program.tensors.contains { $0.data.dtype == .float32 }
    let hasSpecial = program.tensors.contains { tensor in
      tensor.data.elements.contains { !$0.double.isFinite }
    }
    let cost =
      8 * i + 3 * dtypes.count + (isOfFloats ? 0 : 4) + (hasSpecial ? 50 : 0)
      + (program.backward == nil ? 1 : 0)
    guard cost < self.cost else { return }
    self.cost = cost
    example = (line, i)
  }
}

extension Program {
  /// The program up to one step, with its numbers in another dtype.
  ///
  /// Converted are the tensors of floating point, or where there are none those of the first's dtype:
  /// indices and masks stay. Whole numbers are 1 to 3, so that they can divide and shift.
  func trial(of step: Int, in dtype: DType) -> Program {
    let meant =
      tensors.contains { $0.data.dtype.isFloatingPoint }
      ? [.float32, .float64] : [tensors.first?.data.dtype ?? .float32]
    return Program(
      name: name, seed: seed,
      tensors: tensors.map { name, data in
        (name, meant.contains(data.dtype) ? data.converted(to: dtype) : data)
      },
      steps: Array(steps[...step]), backward: nil, drawsSaved: false, comparesLeaves: false,
      expectation: expectation)
  }
}

extension TensorData {
  fileprivate func converted(to dtype: DType) -> TensorData {
    let converted: [Scalar] = elements.map { element in
      switch dtype {
      case .bool: .bool(element.double != 0)
      case .int32, .int64:
        self.dtype.isFloatingPoint ? .int(1 + Swift.abs(Int(element.double)) % 3) : element
      case .float32, .float64: .double(element.double)
      }
    }
    return TensorData(
      dtype: dtype, shape: shape, elements: converted,
      requiresGrad: requiresGrad && dtype.isFloatingPoint)
  }
}
