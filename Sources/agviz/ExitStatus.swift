// The command's exit statuses, and which failure has which. Numbers from 64 on are those of
// sysexits.h, 126 and 127 those of shells.

internal import ArgumentParser
internal import AutogradNN
internal import GradientRecording
internal import GraphModel

/// What the command's exit status means.
enum ExitStatus: Int32, CaseIterable {
  case done = 0
  case negative = 1
  case usage = 64
  case badData = 65
  case noInput = 66
  case renderingFailed = 70
  case cannotCreate = 73
  case cannotRun = 126
  case noProgram = 127

  private var meaning: String {
    switch self {
    case .done: "done; diff, compare: the same; why: nothing is wrong"
    case .negative:
      "diff, compare, rerun: not the same; why: something is wrong; validate: no graph; debug: "
        + "a command failed"
    case .usage: "wrong arguments"
    case .badData: "a file is no graph, or no recording"
    case .noInput: "a file is missing or cannot be read"
    case .renderingFailed: "the picture could not be drawn"
    case .cannotCreate: "the output cannot be written"
    case .cannotRun: "record: the program cannot be run; else as the program ends"
    case .noProgram: "record: there is no such program; else as the program ends"
    }
  }

  /// The statuses for the help screen.
  static var table: String {
    let rows = allCases.map { status in
      let number = String(status.rawValue)
      return String(repeating: " ", count: 5 - number.count) + "\(number)  \(status.meaning)"
    }
    return "EXIT STATUS:\n" + rows.joined(separator: "\n")
  }
}

/// Why the command failed, as it is told to people and to the shell.
struct Failure: Error {
  var status: ExitStatus
  var message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  /// Nil for an error that only the argument parser understands.
  init?(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as GraphFileError: self.init(ExitStatus(error.code), error.description)
    case let error as SafeTensorsError: self.init(.cannotCreate, error.description)
    case let error as RecordingError: self.init(ExitStatus(error.code), error.description)
    default: return nil
    }
  }
}

extension ExitStatus {
  init(_ code: GraphFileError.Code) {
    self =
      switch code {
      case .notFound, .notReadable: .noInput
      case .notWritable: .cannotCreate
      default: .badData
      }
  }

  init(_ code: RecordingError.Code) {
    self =
      switch code {
      case .notFound, .notReadable, .busy: .noInput
      case .notWritable, .full: .cannotCreate
      case .noSuchRecord: .usage
      default: .badData
      }
  }
}
