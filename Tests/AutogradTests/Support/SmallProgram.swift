// A file as a linker writes it, of debug information alone.

/// Code of two units at 0x1000 and 0x2000, and of the first what the linker dropped.
///
/// The first is of /user/main.swift, which inlined a function of /own/inner.swift and one more in
/// that; the second is of /own/inner.swift alone. The sections are DWARF 4 or 5, in which numbers
/// below 64 take a byte.
struct SmallProgram {
  var line: [UInt8]
  var lineFlags = 0
  var info: [UInt8]
  private let abbreviations: [UInt8] = [
    1, 0x11, 1, 0x10, 0x17, 0x11, 0x01, 0, 0,  // compile_unit: stmt_list, low_pc
    2, 0x2e, 1, 0x11, 0x01, 0x12, 0x06, 0, 0,  // subprogram: low_pc, high_pc
    // inlined_subroutine: low_pc, high_pc, call_file, call_line, with children
    3, 0x1d, 1, 0x11, 0x01, 0x12, 0x06, 0x58, 0x0b, 0x59, 0x0b, 0, 0,
    // inlined_subroutine: ranges, call_file, call_line, without
    4, 0x1d, 0, 0x55, 0x17, 0x58, 0x0b, 0x59, 0x0f, 0, 0,
    0,
  ]
  private let ranges = word(0x14) + word(0x18) + word(0) + word(0)

  init(version: Int) {
    var program = Self.start(0x1000) + [0x03, 9, 0x01]  // line 10
    program += [0x04, 2, 0x03, 20, 13 + 16 * 14 + 5]  // from 0x1010 on line 30 of the other file
    program += [0x09, 16, 0, 0x04, 1, 0x03, 0x77, 0x01]  // from 0x1020 on line 21
    program += [0x02, 4, 0x03, 0x6b, 0x01]  // from 0x1024 on line 0
    program += [0x02, 4] + Self.end
    program += Self.start(0) + [0x01, 0x02, 63] + Self.end
    let first = Self.unit(version, [("main.swift", 1), ("inner.swift", 2)], program)
    program = Self.start(0x2000) + [0x01, 0x08] + Self.end
    line = first + Self.unit(version, [("inner.swift", 2)], program)

    let header = half(version) + bytes(0, 4) + [8]
    let second = header + [1] + bytes(first.count, 4) + word(0x2000) + [0]
    var main = header + [1] + bytes(0, 4) + word(0x1000)
    main += [2] + word(0x1000) + bytes(0x28, 4)
    main += [3] + word(0x1010) + bytes(0x10, 4) + [1, 15]
    main += [4] + bytes(0, 4) + [2, 50]
    main += [0, 0, 0]
    info = bytes(second.count, 4) + second + bytes(main.count, 4) + main
  }

  private static func start(_ address: Int) -> [UInt8] { [0, 9, 2] + word(address) }
  private static let end: [UInt8] = [0, 1, 1]

  private static func unit(
    _ version: Int, _ files: [(name: String, directory: UInt8)], _ program: [UInt8]
  ) -> [UInt8] {
    var header: [UInt8] = [1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]
    if version == 5 {
      header += [1, 1, 0x08, 3] + text("/") + text("/user") + text("/own")
      header += [2, 1, 0x08, 2, 0x0b, UInt8(files.count + 1)]
      for file in [files[0]] + files { header += text(file.name) + [file.directory] }
    } else {
      header += text("/user") + text("/own") + [0]
      for file in files { header += text(file.name) + [file.directory, 0, 0] }
      header.append(0)
    }
    let unit = half(version) + (version == 5 ? [8, 0] : []) + bytes(header.count, 4)
    return bytes(unit.count + header.count + program.count, 4) + unit + header + program
  }

  /// The file: its header, the sections, and what says where they are.
  var file: [UInt8] {
    let names = [
      "", ".debug_line", ".debug_info", ".debug_abbrev", ".debug_ranges", ".debug_str",
      ".debug_line_str", ".shstrtab",
    ]
    let contents = [
      [], line, info, abbreviations, ranges, text("unused"), [], names.flatMap(text),
    ]
    var body: [UInt8] = []
    var headers: [UInt8] = []
    for (index, content) in contents.enumerated() {
      let name = names[..<index].reduce(0) { $0 + $1.utf8.count + 1 }
      headers += bytes(name, 4) + bytes(index == 0 ? 0 : 1, 4)
      headers += word(index == 1 ? lineFlags : 0) + word(0) + word(64 + body.count)
      headers += word(content.count) + [UInt8](repeating: 0, count: 24)
      body += content
    }
    var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    header += half(3) + half(62) + bytes(1, 4) + word(0) + word(0) + word(64 + body.count)
    header += bytes(0, 4) + half(64) + half(56) + half(0)
    header += half(64) + half(names.count) + half(names.count - 1)
    return header + body + headers
  }
}

private func bytes(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
private func half(_ value: Int) -> [UInt8] { bytes(value, 2) }
private func word(_ value: Int) -> [UInt8] { bytes(value, 8) }
private func text(_ value: String) -> [UInt8] { Array(value.utf8) + [0] }
