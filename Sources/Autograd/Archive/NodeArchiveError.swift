// Why a node could not be archived, restored or run by itself.

/// Why a node cannot be taken out of its program, or put back together.
package struct NodeArchiveError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// The node holds what only its program has.
    case notArchivable
    /// The saved tensors are gone, or hooks failed to give them back.
    case noSavedTensors
    /// The text is not JSON.
    case notJSON
    /// There is no node class of the name.
    case unknownNode
    /// A field is missing, unknown, or of another type or range.
    case badField
    /// A tensor is missing, or has another shape or dtype.
    case badTensor
  }

  package var code: Code
  package var message: String
  /// The way to the field, such as `function.view.sizes`; empty where no field is to blame.
  package var path = ""
  /// The node's name, where it is known.
  package var node: String?

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The node, the field and the message, separated by colons, in one line.
  package var description: String {
    [node ?? "", path, message].filter { !$0.isEmpty }.joined(separator: ": ")
  }

  /// The same error of what lies in the field `name`.
  func within(_ name: String) -> NodeArchiveError {
    var error = self
    error.path = path.isEmpty || path.hasPrefix("[") ? name + path : "\(name).\(path)"
    return error
  }

  func of(_ node: String) -> NodeArchiveError {
    var error = self
    error.node = error.node ?? node
    return error
  }
}

/// Names the field in which `body` fails.
func within<Result>(
  _ name: String, _ body: () throws(NodeArchiveError) -> Result
) throws(NodeArchiveError) -> Result {
  do throws(NodeArchiveError) {
    return try body()
  } catch {
    throw error.within(name)
  }
}
