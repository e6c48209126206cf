// `faults NAME OUT.agviz` records a small program with a known mistake; `faults` lists them;
// `faults --all FOLDER [--forward]` records each into a file of its name, the forward passes too if asked.

import FaultPrograms
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("faults: \(message)\n".utf8))
  exit(1)
}

func record(
  _ fault: Fault, to path: String, forward: Bool = false, capturesSource: Bool = true
) {
  do {
    try fault.record(to: path, forward: forward, capturesSource: capturesSource)
  } catch {
    fail("\(fault.name): \(error)")
  }
}

func recordAll(to folder: String, forward: Bool) {
  for fault in Fault.all {
    // Source lines take a second each to find: they are left out where nothing is said of them.
    record(
      fault, to: "\(folder)/\(fault.name).agviz", forward: forward,
      capturesSource: fault.says.contains { $0.contains(".swift:") })
  }
}

switch (arguments.first, arguments.count) {
case (nil, _):
  for fault in Fault.all { print("\(fault.name): \(fault.about)") }
case ("--all", 2): recordAll(to: arguments[1], forward: false)
case ("--all", 3) where arguments[2] == "--forward": recordAll(to: arguments[1], forward: true)
case (let name?, 2):
  guard let fault = Fault.all.first(where: { $0.name == name }) else {
    fail("there is no program \(name)")
  }
  record(fault, to: arguments[1])
default:
  fail("usage: faults [NAME OUT.agviz | --all FOLDER [--forward]]")
}
