// A program that the command starts, waits for and passes signals on to.

internal import Glibc

/// A program with its standard streams and folder those of this process.
///
/// The signals that end programs are held back in this process from `init` on: `wait` passes them on
/// and goes on waiting, so that what the program does about them is what counts.
struct ChildProgram {
  private let arguments: [String]
  private var process: pid_t = 0
  private var oldMask = sigset_t()
  private var mask = sigset_t()

  /// How a program ended.
  enum End: CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32, dumpedCore: Bool)

    /// The exit status that shells have for it.
    var status: Int32 {
      switch self {
      case .exited(let status): status
      case .killed(let signal, _): 128 + signal
      }
    }

    /// In words, such as `was killed by SIGSEGV (Segmentation fault)`.
    var description: String {
      switch self {
      case .exited(let status): "ended with exit status \(status)"
      case .killed(let signal, let dumpedCore):
        "was killed by \(name(of: signal)) (\(String(cString: strsignal(signal))))"
          + (dumpedCore ? ", core dumped" : "")
      }
    }
  }

  /// A program by its name or path, and its arguments.
  init(_ arguments: [String]) {
    self.arguments = arguments
    sigemptyset(&mask)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD] { sigaddset(&mask, signal) }
    // Where a parent had ignored it, ends of children would not be told.
    signal(SIGCHLD, SIG_DFL)
    // A file that may not grow any more is an error to tell of, not this process's end.
    signal(SIGXFSZ, SIG_IGN)
    pthread_sigmask(SIG_BLOCK, &mask, &oldMask)
  }

  /// Starts the program.
  ///
  /// - Parameter variables: what its environment has beside this process's.
  /// - Throws: `Failure` where the system cannot start it.
  mutating func start(settingEnvironment variables: [(name: String, value: String)]) throws(Failure)
  {
    for (name, value) in variables { setenv(name, value, 1) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setsigmask(&attributes, &oldMask)
    var ownEnds = sigset_t()
    sigemptyset(&ownEnds)
    sigaddset(&ownEnds, SIGXFSZ)
    posix_spawnattr_setsigdefault(&attributes, &ownEnds)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    let reason = posix_spawnp(&process, arguments[0], nil, &attributes, words, environ)
    guard reason == 0 else {
      let isMissing = reason == ENOENT || reason == ENOTDIR
      throw Failure(
        isMissing ? .noProgram : .cannotRun,
        "\(arguments[0]): the program cannot be started: \(String(cString: strerror(reason)))")
    }
  }

  /// Waits for the program's end, and passes on the signals that come until then.
  mutating func wait() -> End {
    while true {
      var information = siginfo_t()
      let signal = sigwaitinfo(&mask, &information)
      if signal == SIGCHLD {
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == process else { continue }
        // The macros of wait.h.
        let signal = status & 0x7f
        return signal == 0
          ? .exited(status >> 8 & 0xff) : .killed(signal: signal, dumpedCore: status & 0x80 != 0)
      } else if signal > 0, information.si_code != SI_KERNEL {
        // A signal of the terminal has gone to the whole group, the program included.
        kill(process, signal)
      }
    }
  }
}

/// A signal's name, such as `SIGSEGV`.
private func name(of signal: Int32) -> String {
  let names: [Int32: String] = [
    SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
    SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL",
    SIGUSR1: "SIGUSR1", SIGSEGV: "SIGSEGV", SIGUSR2: "SIGUSR2", SIGPIPE: "SIGPIPE",
    SIGALRM: "SIGALRM", SIGTERM: "SIGTERM", SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ",
    SIGSYS: "SIGSYS",
  ]
  return names[signal] ?? "signal \(signal)"
}
