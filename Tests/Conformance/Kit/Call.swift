// The arguments of an operator call, by position or by PyTorch's keyword.

import Autograd

/// An argument of an operator.
enum Argument {
  case tensor(Tensor)
  case number(Scalar)
  case text(String)
  case list([Argument])
  case none
}

/// Why a call could not be made, by no fault of the engine's.
enum CallError: Error {
  /// The table or the engine has no such operator, or not with this argument.
  case unsupported(String)
  /// The program is not one that PyTorch could run either.
  case malformed(String)
}

/// One call of an operator: what was given, and what the operator has read of it.
final class Call {
  let op: String
  private let positional: [Argument]
  private let keywords: [String: Argument]
  private var readPositions: Set<Int> = []
  private var readKeywords: Set<String> = []

  init(_ op: String, positional: [Argument], keywords: [String: Argument]) {
    self.op = op
    self.positional = positional
    self.keywords = keywords
  }

  /// The argument at a position or under a keyword; nil when it was not given or is None.
  func optional(_ position: Int?, _ keyword: String) -> Argument? {
    if let position, position < positional.count {
      readPositions.insert(position)
      if case .none = positional[position] { return nil }
      return positional[position]
    }
    readKeywords.insert(keyword)
    if case .none? = keywords[keyword] { return nil }
    return keywords[keyword]
  }

  /// Throws when the operator left an argument unread: it would mean something that was not done.
  func checkEverythingWasRead() throws(CallError) {
    if let keyword = keywords.keys.sorted().first(where: { !readKeywords.contains($0) }) {
      throw .unsupported("\(op)(\(keyword):)")
    }
    if let position = positional.indices.first(where: { !readPositions.contains($0) }) {
      throw .unsupported("\(op) with argument \(position)")
    }
  }

  private func required(_ position: Int?, _ keyword: String) throws(CallError) -> Argument {
    guard let argument = optional(position, keyword) else {
      throw .malformed("\(op) was given no \(keyword)")
    }
    return argument
  }

  private func mismatch(_ keyword: String, _ kind: String) -> CallError {
    .malformed("the \(keyword) of \(op) is not \(kind)")
  }
}

// MARK: - Typed access

extension Call {
  /// The tensor that the operator is about.
  var input: Tensor {
    get throws(CallError) { try tensor(0, "input") }
  }

  func tensor(_ position: Int?, _ keyword: String) throws(CallError) -> Tensor {
    guard case .tensor(let tensor) = try required(position, keyword) else {
      throw mismatch(keyword, "a tensor")
    }
    return tensor
  }

  /// The tensor, or the number, that an operator of two operands takes second.
  func operand(_ position: Int?, _ keyword: String) throws(CallError) -> Argument {
    let argument = try required(position, keyword)
    switch argument {
    case .tensor, .number: return argument
    case .text, .list, .none: throw mismatch(keyword, "a tensor or a number")
    }
  }

  func tensors(_ position: Int?, _ keyword: String) throws(CallError) -> [Tensor] {
    guard case .list(let list) = try required(position, keyword) else {
      throw mismatch(keyword, "a list of tensors")
    }
    var tensors: [Tensor] = []
    for element in list {
      guard case .tensor(let tensor) = element else {
        throw mismatch(keyword, "a list of tensors")
      }
      tensors.append(tensor)
    }
    return tensors
  }

  func number(_ position: Int?, _ keyword: String) throws(CallError) -> Scalar {
    guard case .number(let number) = try required(position, keyword) else {
      throw mismatch(keyword, "a number")
    }
    return number
  }

  func number(
    _ position: Int?, _ keyword: String, default value: Scalar
  ) throws(CallError) -> Scalar {
    optional(position, keyword) == nil ? value : try number(position, keyword)
  }

  func int(_ position: Int?, _ keyword: String) throws(CallError) -> Int {
    guard case .int(let value) = try number(position, keyword) else {
      throw mismatch(keyword, "a whole number")
    }
    return value
  }

  func int(_ position: Int?, _ keyword: String, default value: Int) throws(CallError) -> Int {
    optional(position, keyword) == nil ? value : try int(position, keyword)
  }

  func bool(_ position: Int?, _ keyword: String, default value: Bool) throws(CallError) -> Bool {
    guard optional(position, keyword) != nil else { return value }
    guard case .bool(let value) = try number(position, keyword) else {
      throw mismatch(keyword, "a truth")
    }
    return value
  }

  /// A whole number or a list of such; nil when not given.
  func ints(_ position: Int?, _ keyword: String) throws(CallError) -> [Int]? {
    switch optional(position, keyword) {
    case nil: return nil
    case .number(.int(let value)): return [value]
    case .list(let list):
      var values: [Int] = []
      for element in list {
        guard case .number(.int(let value)) = element else {
          throw mismatch(keyword, "a list of whole numbers")
        }
        values.append(value)
      }
      return values
    default: throw mismatch(keyword, "a list of whole numbers")
    }
  }

  /// A number for each of `count` spatial dimensions: one for all is repeated, a list stays as it is.
  func spatial(
    _ position: Int?, _ keyword: String, _ count: Int, default value: Int? = nil
  ) throws(CallError) -> [Int] {
    guard let argument = optional(position, keyword) ?? value.map({ .number(.int($0)) }) else {
      throw .malformed("\(op) was given no \(keyword)")
    }
    if case .number(.int(let number)) = argument { return Array(repeating: number, count: count) }
    return try ints(position, keyword) ?? []
  }

  /// A list of whole numbers, given as one or as all the positions from `position` on.
  func sizes(from position: Int, _ keyword: String) throws(CallError) -> [Int] {
    guard position < positional.count, case .number = positional[position] else {
      return try ints(position, keyword) ?? []
    }
    var sizes: [Int] = []
    for i in position..<positional.count { sizes.append(try int(i, keyword)) }
    return sizes
  }

  func text(_ position: Int?, _ keyword: String, default value: String) throws(CallError) -> String
  {
    switch optional(position, keyword) {
    case nil: return value
    case .text(let text): return text
    default: throw mismatch(keyword, "a text")
    }
  }

  func dtype(_ position: Int? = nil, _ keyword: String = "dtype") throws(CallError) -> DType? {
    switch optional(position, keyword) {
    case nil: return nil
    case .text(let name):
      guard let dtype = DType(name: name) else { throw .malformed("there is no dtype \(name)") }
      return dtype
    default: throw mismatch(keyword, "a dtype")
    }
  }
}
