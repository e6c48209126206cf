// The version of the package, which dumps and the command state.

/// The version of agviz.
public let agvizVersion = "0.1.0"
