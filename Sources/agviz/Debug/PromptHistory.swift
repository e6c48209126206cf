// What was typed at the prompt, kept from session to session.

internal import CEdit
internal import Glibc

/// The file of the prompt's history: `agviz/history` below XDG_STATE_HOME, or `~/.local/state`.
///
/// Only its owner may read it. It is read and written by libedit; of two sessions at a time the last to
/// write stands.
@MainActor
struct PromptHistory {
  /// So many lines are kept.
  static let limit: Int32 = 1000
  /// A longer file is none that was written here.
  private static let longest = 4 << 20

  private let path: String

  /// Takes the lines of earlier sessions into the prompt's history; nil where none can be kept.
  init?(environment: (String) -> String?) {
    edit_limit_history(Self.limit)
    guard let folder = Self.folder(environment) else { return nil }
    path = folder + "/history"
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      guard errno == ENOENT else { return nil }
      return
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= Self.longest, status.st_size == 0 || edit_read_history(path)
    else { return nil }
  }

  /// Writes the history as it is now, in place of the file; not where that cannot be.
  func save() {
    let new = "\(path).\(getpid())"
    let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    close(descriptor)
    if !edit_write_history(new) || rename(new, path) != 0 { unlink(new) }
  }

  /// The folder, which is made where it is not there.
  private static func folder(_ environment: (String) -> String?) -> String? {
    var base: String
    // Relative ones are to be ignored (XDG Base Directory Specification 0.8).
    if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") {
      base = state
    } else if let home = environment("HOME"), home.hasPrefix("/") {
      base = home
      for part in ["/.local", "/state"] {
        base += part
        mkdir(base, 0o700)
      }
    } else {
      return nil
    }
    mkdir(base, 0o700)
    base += "/agviz"
    mkdir(base, 0o700)
    return access(base, W_OK | X_OK) == 0 ? base : nil
  }
}
