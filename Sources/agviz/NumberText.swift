// Counts, sizes, times and magnitudes as people read them.

internal import Glibc

/// A count and what is counted, such as `1 pass` or `12 passes`.
func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}

/// A size such as `9.1 MB`.
func sizeText(_ bytes: Int) -> String {
  if bytes < 1000 { return counted(bytes, "byte") }
  var value = Double(bytes)
  var unit = 0
  while value >= 999.5, unit < 4 {
    value /= 1000
    unit += 1
  }
  return rounded(value) + [" bytes", " kB", " MB", " GB", " TB"][unit]
}

/// A duration such as `12.3 µs`, of nanoseconds.
func durationText(_ nanoseconds: Double) -> String {
  let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")]
  let (factor, unit) = units.first { nanoseconds >= 0.9995 * $0.0 } ?? (1, "ns")
  return "\(rounded(nanoseconds / factor)) \(unit)"
}

/// A number of at least three digits, with at most one after the point.
private func rounded(_ value: Double) -> String {
  if value >= 99.95 || value == value.rounded() { return String(Int(value.rounded())) }
  return String((value * 10).rounded() / 10)
}

/// A number in three significant digits, such as `0.0123` or `4.56e-09`.
func shortText(_ value: Double) -> String {
  var buffer = [CChar](repeating: 0, count: 64)
  let count = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%.3g", $0) }
  return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A text as one word of a shell.
func shellQuoted(_ text: String) -> String {
  let isPlain = text.utf8.allSatisfy {
    switch $0 {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: ","):
      true
    default: false
    }
  }
  return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}
