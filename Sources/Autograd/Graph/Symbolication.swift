// The toolchain's own way to the lines of the program's code, which knows more but takes long.

private import FoundationEssentials
private import Runtime

/// What the toolchain knows of addresses.
///
/// It reads through all the lines of a file for each address, 40 ms in a program of 30 MB, and
/// through all the calls that were inlined for the first.
struct Symbolication {
  private var images: ImageMap?

  /// The innermost place at a return address whose file `isWanted` accepts.
  mutating func place(
    of address: UInt, where isWanted: (String) -> Bool
  ) -> LineTables.Place? {
    let images = self.images ?? ImageMap.capture()
    self.images = images
    // What was inlined at an address comes first.
    for frame in backtrace(of: address)?.symbolicated(with: images)?.frames ?? [] {
      guard let place = frame.symbol?.sourceLocation, place.line > 0, isWanted(place.path)
      else { continue }
      return LineTables.Place(path: place.path, line: place.line)
    }
    return nil
  }

  /// A return address as the toolchain's backtrace.
  ///
  /// A backtrace is made from addresses only by decoding: a byte that says 64 bits, then for each
  /// return address a byte that says so and that six bytes follow. Source: swiftlang/swift,
  /// docs/CompactBacktraceFormat.rst.
  private func backtrace(of address: UInt) -> Backtrace? {
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
