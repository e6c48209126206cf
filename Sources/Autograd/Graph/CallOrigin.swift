// Where in the user's source a node was made.
//
// While it is asked for, a node notes the return addresses of the calls that led to it, which is
// cheap. They are turned into a file and line only when the graph is exported, from the debug
// information of the program.

internal import CThreadState
private import FoundationEssentials
internal import GraphModel

/// Notes, for each node that an operator makes in `body`, where the call to the operator was made.
///
/// The exported graph's nodes then have a `source`: the innermost call outside this package. A
/// program without debug information has none. See the README for what it costs.
public func captureSource<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let state = ats_current()
  let before = state.pointee.notes
  state.pointee.notes |= UInt8(ATS_NOTE_SOURCE.rawValue)
  defer { state.pointee.notes = before }
  return try body()
}

/// The return addresses of the calls that led to a node, innermost first.
struct CallOrigin: Hashable {
  private static let depth: Int32 = 32
  let addresses: [UInt]

  static func capture() -> CallOrigin {
    CallOrigin(
      addresses: [UInt](unsafeUninitializedCapacity: Int(depth)) { buffer, count in
        count = Int(ats_return_addresses(buffer.baseAddress!, depth))
      })
  }

  private init(addresses: [UInt]) { self.addresses = addresses }

  /// A number that is equal for equal origins and, all but surely, for no others.
  var digest: Int {
    var digest: UInt = 0
    for address in addresses {
      digest = (digest ^ address) &* 0x9e37_79b9_7f4a_7c15
      digest ^= digest >> 29
    }
    return Int(bitPattern: digest)
  }

  /// Where the call was made; nil where the program has no debug information of it.
  ///
  /// The first reads through the lines of the program, some tens of milliseconds.
  var location: ComputationGraph.SourceLocation? {
    CallOrigin.resolver.withLock { $0.location(of: self) }
  }

  private static let resolver = Locked(Resolver())

  /// Turns addresses into places, and keeps what it has found.
  private struct Resolver {
    private var lines = LineTables()
    private var symbols = Symbolication()
    private var known: [UInt: ComputationGraph.SourceLocation?] = [:]
    private var packages: [String: String] = [:]

    mutating func location(of origin: CallOrigin) -> ComputationGraph.SourceLocation? {
      for address in origin.addresses {
        if let location = location(of: address) { return location }
      }
      return nil
    }

    private mutating func location(of address: UInt) -> ComputationGraph.SourceLocation? {
      if let location = known[address] { return location }
      let location = resolve(address)
      known[address] = .some(location)
      return location
    }

    private mutating func resolve(_ address: UInt) -> ComputationGraph.SourceLocation? {
      let place: LineTables.Place?
      switch lines.place(of: address, where: Resolver.isForeign) {
      case .place(let found): place = found
      case .nothing: place = nil
      case .unknown: place = symbols.place(of: address, where: Resolver.isForeign)
      }
      return place.map { ComputationGraph.SourceLocation(file: relative($0.path), line: $0.line) }
    }

    /// Whether a path is that of Swift code outside this package, whose calls are the user's.
    ///
    /// What the compiler inlined has a path relative to the package.
    private static func isForeign(_ path: String) -> Bool {
      path.hasSuffix(".swift") && !path.hasPrefix(ownSources + "Sources/Autograd")
        && !path.hasPrefix("Sources/Autograd")
    }

    private static let ownSources = String(
      #filePath.dropLast("Sources/Autograd/Graph/CallOrigin.swift".count))

    /// The path from the root of the package that the file is in, or its folder and name.
    private mutating func relative(_ path: String) -> String {
      guard path.hasPrefix("/") else { return path }
      if let known = packages[path] { return known }
      let parts = path.split(separator: "/")
      var result = parts.suffix(2).joined(separator: "/")
      for count in stride(from: parts.count - 1, to: 0, by: -1) {
        let folder = "/" + parts.prefix(count).joined(separator: "/")
        if FileManager.default.fileExists(atPath: folder + "/Package.swift") {
          result = parts.dropFirst(count).joined(separator: "/")
          break
        }
      }
      packages[path] = result
      return result
    }
  }
}
