// Where in the user's source a node was made.
//
// While it is asked for, a node notes the return addresses of the calls that led to it, which is
// cheap. They are turned into a file and line only when the graph is exported, through the
// toolchain's own symbolication, which reads the debug information of the program.

internal import CThreadState
private import FoundationEssentials
internal import GraphModel
private import Runtime

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
  private let addresses: [UInt]

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
  /// Reading that information takes up to seconds in a large program, once.
  var location: ComputationGraph.SourceLocation? {
    CallOrigin.resolver.withLock { $0.location(of: self) }
  }

  private static let resolver = Locked(Resolver())

  /// Turns addresses into places, and keeps what it has found.
  ///
  /// One by one up to that of the user: the toolchain reads through all that it knows of a file for
  /// each.
  private struct Resolver {
    private var images: ImageMap?
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
      let images = self.images ?? ImageMap.capture()
      self.images = images
      guard let frames = CallOrigin.backtrace(of: address)?.symbolicated(with: images)?.frames
      else { return nil }
      // What was inlined at an address comes first.
      for frame in frames {
        guard let place = frame.symbol?.sourceLocation, place.line > 0,
          place.path.hasSuffix(".swift"), !isOwn(place.path)
        else { continue }
        return ComputationGraph.SourceLocation(file: relative(place.path), line: place.line)
      }
      return nil
    }

    /// Whether a path is that of this package's own sources, whose calls are not the user's.
    ///
    /// What the compiler inlined has a path relative to the package.
    private func isOwn(_ path: String) -> Bool {
      path.hasPrefix(ownSources + "Sources/Autograd") || path.hasPrefix("Sources/Autograd")
    }

    private let ownSources = String(
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

  /// A return address as the toolchain's backtrace.
  ///
  /// A backtrace is made from addresses only by decoding: a byte that says 64 bits, then for each
  /// return address a byte that says so and that six bytes follow. Source: swiftlang/swift,
  /// docs/CompactBacktraceFormat.rst.
  private static func backtrace(of address: UInt) -> Backtrace? {
    var bytes: [UInt8] = [0x02, 0x2d]
    for shift in stride(from: 40, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: address >> UInt(shift)))
    }
    var text = Data(bytes).base64EncodedString()
    while text.last == "=" { text.removeLast() }
    #if arch(x86_64)
      let architecture = "x86_64"
    #else
      let architecture = "arm64"
    #endif
    let json = "{\"architecture\": \"\(architecture)\", \"backtrace\": \"\(text)\"}"
    return try? JSONDecoder().decode(Backtrace.self, from: Data(json.utf8))
  }
}
