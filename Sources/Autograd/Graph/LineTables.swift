// The lines of the program's code, read from its debug information.

internal import CLines

/// The line tables of the files that the process runs, each read when it is first asked for.
struct LineTables {
  struct Place: Equatable {
    var path: String
    var line: Int
  }

  enum Answer: Equatable {
    case place(Place)
    /// No wanted file has code there.
    case nothing
    /// The debug information is not there as it is read here.
    case unknown
  }

  /// By what was added to the addresses of a file; nil where it cannot be read.
  private var tables: [UInt: LineTable?] = [:]

  /// The innermost place at a return address whose file `isWanted` accepts.
  mutating func place(of address: UInt, where isWanted: (String) -> Bool) -> Answer {
    // A call may be the last that a function does: the address after it is another's.
    let address = address &- 1
    var bias: UInt = 0
    guard cl_bias(address, &bias) else { return .nothing }
    if tables[bias] == nil { tables[bias] = .some(cl_open(address).map(LineTable.init)) }
    return tables[bias]??.place(at: UInt64(address &- bias), where: isWanted) ?? .unknown
  }
}

/// The line table of a file.
struct LineTable {
  private let table: OpaquePointer

  /// Whether any file of a unit is wanted.
  private var units: [UInt64: Bool] = [:]

  init(_ table: OpaquePointer) { self.table = table }

  /// The innermost place at an address of the file whose file `isWanted` accepts.
  ///
  /// Most are told by the line alone, or because their unit names no wanted file. Only what is left
  /// needs the calls that were inlined there, for which the unit is searched.
  mutating func place(
    at address: UInt64, where isWanted: (String) -> Bool
  ) -> LineTables.Answer {
    var line = cl_place()
    var unit: UInt64 = 0
    switch cl_line(table, address, &line, &unit) {
    case CL_KNOWN: break
    case CL_NOTHING: return .nothing
    default: return .unknown
    }
    let innermost = answer(line, isWanted)
    if innermost != .nothing { return innermost }
    let isOfInterest = units[unit] ?? hasWantedFile(unit, isWanted)
    units[unit] = isOfInterest
    return isOfInterest ? callPlace(at: address, of: unit, isWanted) : .nothing
  }

  private func callPlace(
    at address: UInt64, of unit: UInt64, _ isWanted: (String) -> Bool
  ) -> LineTables.Answer {
    let limit = 64
    return withUnsafeTemporaryAllocation(of: cl_place.self, capacity: limit) { calls in
      let count = Int(cl_calls(table, unit, address, calls.baseAddress!, Int32(limit)))
      guard count >= 0 else { return .unknown }
      for call in calls[..<count].reversed() {
        let answer = answer(call, isWanted)
        if answer != .nothing { return answer }
      }
      return .nothing
    }
  }

  private func answer(_ place: cl_place, _ isWanted: (String) -> Bool) -> LineTables.Answer {
    guard let path = path(place) else { return .unknown }
    guard let line = Int(exactly: place.line), line > 0, isWanted(path) else { return .nothing }
    return .place(LineTables.Place(path: path, line: line))
  }

  private func hasWantedFile(_ unit: UInt64, _ isWanted: (String) -> Bool) -> Bool {
    for number in UInt64(0)... {
      var file = cl_place()
      switch cl_file(table, unit, number, &file) {
      case CL_KNOWN where file.name == nil: continue
      case CL_KNOWN: if path(file).map(isWanted) ?? true { return true }
      case CL_NOTHING: return false
      default: return true
      }
    }
    return true
  }

  /// The path of a file; nil where it depends on the folder that its unit was compiled in.
  private func path(_ place: cl_place) -> String? {
    guard let name = place.name.map(String.init(cString:)) else { return nil }
    if name.hasPrefix("/") { return name }
    if let directory = place.directory { return String(cString: directory) + "/" + name }
    return name.hasSuffix(".swift") ? nil : name
  }
}
