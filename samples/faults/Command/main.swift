// `faults NAME OUT.agviz` records a small program with a known mistake; `faults` lists them;
// `faults --all FOLDER` records each into a file of its name.

import FaultPrograms
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("faults: \(message)\n".utf8))
  exit(1)
}

func record(_ fault: Fault, to path: String, capturesSource: Bool = true) {
  do { try fault.record(to: path, capturesSource: capturesSource) } catch {
    fail("\(fault.name): \(error)")
  }
}

switch (arguments.first, arguments.count) {
case (nil, _):
  for fault in Fault.all { print("\(fault.name): \(fault.about)") }
case ("--all", 2):
  // Source lines take a second each to find: they are left out where nothing is said of them.
  for fault in Fault.all {
    record(
      fault, to: "\(arguments[1])/\(fault.name).agviz",
      capturesSource: fault.says.contains { $0.contains(".swift:") })
  }
case (let name?, 2):
  guard let fault = Fault.all.first(where: { $0.name == name }) else {
    fail("there is no program \(name)")
  }
  record(fault, to: arguments[1])
default:
  fail("usage: faults [NAME OUT.agviz | --all FOLDER]")
}
