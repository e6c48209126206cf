// `faults NAME OUT.agviz` records a small program with a known mistake; `faults` lists them;
// `faults --all FOLDER [--forward | --every N]` records each into a file of its name, if asked the
// forward passes too, or every so manieth step.

import FaultPrograms
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("faults: \(message)\n".utf8))
  exit(1)
}

func record(
  _ fault: Fault, to path: String, forward: Bool = false, everySteps: Int = 1
) {
  do {
    try fault.record(to: path, forward: forward, everySteps: everySteps)
  } catch {
    fail("\(fault.name): \(error)")
  }
}

func recordAll(to folder: String, forward: Bool = false, everySteps: Int = 1) {
  for fault in Fault.all {
    record(
      fault, to: "\(folder)/\(fault.name).agviz", forward: forward, everySteps: everySteps)
  }
}

switch (arguments.first, arguments.count) {
case (nil, _):
  for fault in Fault.all { print("\(fault.name): \(fault.about)") }
case ("--all", 2): recordAll(to: arguments[1])
case ("--all", 3) where arguments[2] == "--forward": recordAll(to: arguments[1], forward: true)
case ("--all", 4) where arguments[2] == "--every":
  guard let every = Int(arguments[3]), every > 0 else { fail("no number: \(arguments[3])") }
  recordAll(to: arguments[1], everySteps: every)
case (let name?, 2):
  guard let fault = Fault.all.first(where: { $0.name == name }) else {
    fail("there is no program \(name)")
  }
  record(fault, to: arguments[1])
default:
  fail("usage: faults [NAME OUT.agviz | --all FOLDER [--forward | --every N]]")
}
