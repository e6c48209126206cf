// Small programs that note what they see, beside what PyTorch noted; see Reference/cases.py.
import Testing

@testable import Autograd

/// What a program noted, all on one task: labels, each with numbers.
final class CaseLog: @unchecked Sendable {
  struct Entry: Decodable, Sendable {
    let label: String
    let values: [Double?]
  }

  private(set) var entries: [Entry] = []

  /// Notes a label, and the elements of tensors; nil where there is none.
  func note(_ label: String, _ tensors: Tensor?...) { note(label, tensors) }

  func note(_ label: String, _ tensors: [Tensor?]) {
    let values = tensors.flatMap { tensor -> [Double?] in
      tensor?.toArray(as: Double.self) ?? [nil]
    }
    entries.append(Entry(label: label, values: values))
  }
}

/// What PyTorch noted of a program, and the beginning of the error that ended it.
struct ReferenceCase: Decodable, Sendable {
  let name: String
  let log: [CaseLog.Entry]
  let error: String?

  /// Runs the program of this name, and compares.
  func check(
    _ programs: [String: (CaseLog) throws -> Void], tolerance: Double = 1e-12
  ) throws {
    let program = try #require(programs[name], "there is no program \(name)")
    let noted = CaseLog()
    var message: String?
    do {
      try program(noted)
    } catch {
      message = "\(error)"
    }
    if let error {
      #expect(message?.contains(error) ?? false, "\(message ?? "no error"), PyTorch: \(error)")
    } else {
      #expect(message == nil)
    }
    #expect(noted.entries.map(\.label) == log.map(\.label))
    for (found, expected) in zip(noted.entries, log) {
      #expect(
        found.isClose(to: expected, tolerance),
        "\(found.label): \(found.values), PyTorch: \(expected.values)")
    }
  }
}

extension CaseLog.Entry {
  func isClose(to other: Self, _ tolerance: Double) -> Bool {
    guard values.count == other.values.count else { return false }
    let size = other.values.reduce(1) { Swift.max($0, Swift.abs($1 ?? 0)) }
    return zip(values, other.values).allSatisfy { a, b in
      guard let a, let b else { return a == nil && b == nil }
      return Swift.abs(a - b) <= tolerance * size
    }
  }
}

extension ReferenceCase: CustomTestStringConvertible {
  var testDescription: String { name }

  /// The cases of a file in Reference/.
  static func all(_ file: String) -> [ReferenceCase] {
    do {
      return try Reference.lines(of: file)
    } catch {
      fatalError("\(file): \(error)")
    }
  }
}

/// A leaf of float64 numbers.
func leaf(_ numbers: Double...) -> Tensor { Tensor(numbers, dtype: .float64).requiresGrad_() }

/// float64 numbers that require no gradient.
func plain(_ numbers: Double...) -> Tensor { Tensor(numbers, dtype: .float64) }
