// The recording's schema: what SQLite is told when a recording is created. What the tables mean is
// described in Documentation/Recording.md.

/// The schema of a recording.
enum Schema {
  /// The version that this program writes and reads, kept in `PRAGMA user_version`.
  static let version = 1
  /// Says in the file's header that it is a recording: `agvz`.
  static let applicationID: Int32 = 0x6167_767A

  /// The columns of statistics, in the order in which they are written and read.
  static let statistics = [
    "count", "nan_count", "positive_infinity_count", "negative_infinity_count", "zero_count",
    "subnormal_count", "minimum", "maximum", "mean", "standard_deviation", "norm", "hash",
  ]

  /// The tables by name, each with its columns in order.
  static let tables: [(name: String, columns: [String])] = [
    (
      "sessions",
      [
        "id", "producer", "version", "started_at", "process_id", "command", "policy", "first_pass",
        "state", "ended_ns", "failure",
      ]
    ),
    ("journal_position", ["id", "journal", "segment", "offset"]),
    ("graphs", ["id", "fingerprint", "digest", "json", "node_count", "edge_count"]),
    ("session_graphs", ["session", "number", "graph"]),
    (
      "nodes",
      [
        "graph", "node", "name", "kind", "scope", "source_file", "source_line", "sequence", "leaf",
      ]
    ),
    ("edges", ["graph", "node", "input", "next_node", "next_output"]),
    ("tensor_types", ["id", "dtype", "shape"]),
    (
      "passes",
      [
        "id", "session", "graph", "step", "micro_batch", "phase", "detail", "started_ns",
        "ended_ns", "root", "outcome", "failure", "retains_graph", "creates_graph", "call_count",
        "measurement_count", "non_finite_count",
      ]
    ),
    ("calls", ["pass", "call", "node", "start_ns", "duration_ns"]),
    (
      "measurements",
      ["pass", "call", "role", "slot", "type"] + statistics + ["first_exponent", "histogram"]
    ),
    (
      "contributions",
      ["pass", "call", "output", "place", "from_call", "from_input", "norm", "cosine"]
    ),
    ("blobs", ["id", "digest", "bytes"]),
    ("tensor_values", ["pass", "call", "role", "slot", "type", "strides", "blob"]),
    ("node_fields", ["pass", "node", "fields", "refusal"]),
    ("witnesses", ["id", "pass", "call", "input", "element", "value"]),
    ("operands", ["witness", "place", "name", "value", "shape"] + statistics),
    (
      "forward_results",
      [
        "id", "session", "sequence", "pass", "node", "name", "scope", "output", "type", "time_ns",
      ] + statistics
    ),
    (
      "cuts",
      [
        "id", "session", "kind", "operation", "node", "leaf", "scope", "source_file",
        "source_line", "next_pass",
      ]
    ),
    ("parameters", ["session", "name", "type", "requires_grad"]),
    ("dropped", ["id", "session", "reason", "first_pass", "last_pass", "calls"]),
  ]

  /// The statistics' columns with their types, for `CREATE TABLE`.
  private static let statisticsColumns = """
    count INTEGER NOT NULL, nan_count INTEGER NOT NULL, positive_infinity_count INTEGER NOT NULL,
      negative_infinity_count INTEGER NOT NULL, zero_count INTEGER NOT NULL,
      subnormal_count INTEGER NOT NULL, minimum REAL, maximum REAL, mean REAL,
      standard_deviation REAL, norm REAL, hash INTEGER NOT NULL
    """

  /// Which measurements hold something that is not finite; the partial index's very words.
  static let nonFinite =
    "(nan_count > 0 OR positive_infinity_count > 0 OR negative_infinity_count > 0)"

  /// What creates the tables and indexes.
  ///
  /// Rows of a pass lie together, in the order of calls: a call's are found without an index of
  /// their own, and a pass is deleted as a whole. There is no foreign key, which would be checked
  /// on every row.
  static let tablesSQL = """
    CREATE TABLE sessions(
      id INTEGER PRIMARY KEY, producer TEXT NOT NULL, version TEXT NOT NULL,
      started_at INTEGER NOT NULL, process_id INTEGER NOT NULL, command TEXT NOT NULL,
      policy TEXT NOT NULL, first_pass INTEGER NOT NULL, state TEXT NOT NULL, ended_ns INTEGER,
      failure TEXT);
    CREATE TABLE journal_position(
      id INTEGER PRIMARY KEY, journal INTEGER NOT NULL, segment INTEGER NOT NULL,
      "offset" INTEGER NOT NULL);
    CREATE TABLE graphs(
      id INTEGER PRIMARY KEY, fingerprint INTEGER NOT NULL, digest INTEGER NOT NULL,
      json TEXT NOT NULL, node_count INTEGER NOT NULL, edge_count INTEGER NOT NULL);
    CREATE INDEX graphs_by_digest ON graphs(digest);
    CREATE TABLE session_graphs(
      session INTEGER, number INTEGER, graph INTEGER NOT NULL,
      PRIMARY KEY (session, number)) WITHOUT ROWID;
    CREATE TABLE nodes(
      graph INTEGER, node INTEGER, name TEXT NOT NULL, kind TEXT NOT NULL, scope TEXT,
      source_file TEXT, source_line INTEGER, sequence INTEGER, leaf TEXT,
      PRIMARY KEY (graph, node)) WITHOUT ROWID;
    CREATE TABLE edges(
      graph INTEGER, node INTEGER, input INTEGER, next_node INTEGER NOT NULL,
      next_output INTEGER NOT NULL, PRIMARY KEY (graph, node, input)) WITHOUT ROWID;
    CREATE TABLE tensor_types(
      id INTEGER PRIMARY KEY, dtype TEXT NOT NULL, shape TEXT NOT NULL, UNIQUE (dtype, shape));
    CREATE TABLE passes(
      id INTEGER PRIMARY KEY, session INTEGER NOT NULL, graph INTEGER, step INTEGER NOT NULL,
      micro_batch INTEGER NOT NULL, phase TEXT NOT NULL, detail TEXT NOT NULL,
      started_ns INTEGER NOT NULL, ended_ns INTEGER, root REAL, outcome TEXT, failure TEXT,
      retains_graph INTEGER NOT NULL, creates_graph INTEGER NOT NULL,
      call_count INTEGER NOT NULL, measurement_count INTEGER NOT NULL,
      non_finite_count INTEGER NOT NULL);
    CREATE TABLE calls(
      pass INTEGER, call INTEGER, node INTEGER NOT NULL, start_ns INTEGER NOT NULL,
      duration_ns INTEGER, PRIMARY KEY (pass, call)) WITHOUT ROWID;
    CREATE TABLE measurements(
      pass INTEGER, call INTEGER, role INTEGER, slot INTEGER, type INTEGER NOT NULL,
      \(statisticsColumns), first_exponent INTEGER, histogram BLOB,
      PRIMARY KEY (pass, call, role, slot)) WITHOUT ROWID;
    CREATE INDEX measurements_not_finite ON measurements(pass) WHERE \(nonFinite);
    CREATE TABLE contributions(
      pass INTEGER, call INTEGER, output INTEGER, place INTEGER, from_call INTEGER,
      from_input INTEGER, norm REAL, cosine REAL,
      PRIMARY KEY (pass, call, output, place)) WITHOUT ROWID;
    CREATE TABLE blobs(id INTEGER PRIMARY KEY, digest INTEGER NOT NULL, bytes BLOB NOT NULL);
    CREATE INDEX blobs_by_digest ON blobs(digest);
    CREATE TABLE tensor_values(
      pass INTEGER, call INTEGER, role INTEGER, slot INTEGER, type INTEGER NOT NULL,
      strides TEXT NOT NULL, blob INTEGER NOT NULL,
      PRIMARY KEY (pass, call, role, slot)) WITHOUT ROWID;
    CREATE INDEX tensor_values_by_blob ON tensor_values(blob);
    CREATE TABLE node_fields(
      pass INTEGER, node INTEGER, fields TEXT, refusal TEXT,
      PRIMARY KEY (pass, node)) WITHOUT ROWID;
    CREATE TABLE witnesses(
      id INTEGER PRIMARY KEY, pass INTEGER NOT NULL, call INTEGER NOT NULL,
      input INTEGER NOT NULL, element TEXT NOT NULL, value REAL);
    CREATE INDEX witnesses_by_pass ON witnesses(pass, call);
    CREATE TABLE operands(
      witness INTEGER, place INTEGER, name TEXT NOT NULL, value REAL, shape TEXT NOT NULL,
      \(statisticsColumns), PRIMARY KEY (witness, place)) WITHOUT ROWID;
    CREATE TABLE forward_results(
      id INTEGER PRIMARY KEY, session INTEGER NOT NULL, sequence INTEGER NOT NULL, pass INTEGER,
      node INTEGER, name TEXT NOT NULL, scope TEXT, output INTEGER NOT NULL,
      type INTEGER NOT NULL, time_ns INTEGER NOT NULL, \(statisticsColumns));
    CREATE INDEX forward_results_by_sequence ON forward_results(session, sequence);
    CREATE INDEX forward_results_by_pass ON forward_results(pass) WHERE pass IS NOT NULL;
    CREATE TABLE cuts(
      id INTEGER PRIMARY KEY, session INTEGER NOT NULL, kind TEXT NOT NULL,
      operation TEXT NOT NULL, node TEXT, leaf TEXT, scope TEXT, source_file TEXT,
      source_line INTEGER, next_pass INTEGER NOT NULL);
    CREATE TABLE parameters(
      session INTEGER, name TEXT, type INTEGER NOT NULL, requires_grad INTEGER NOT NULL,
      PRIMARY KEY (session, name)) WITHOUT ROWID;
    CREATE TABLE dropped(
      id INTEGER PRIMARY KEY, session INTEGER NOT NULL, reason TEXT NOT NULL,
      first_pass INTEGER NOT NULL, last_pass INTEGER NOT NULL, calls INTEGER NOT NULL);
    """

  /// What creates the views for people.
  static let viewsSQL = """
    CREATE VIEW gradients AS
      SELECT m.pass, p.step, p.micro_batch, p.phase, m.call, c.node, n.name, n.scope,
        n.source_file || ':' || n.source_line AS source,
        CASE m.role WHEN 0 THEN 'in' ELSE 'out' END AS direction, m.slot, t.dtype, t.shape,
        m.count, m.nan_count, m.positive_infinity_count, m.negative_infinity_count, m.zero_count,
        m.subnormal_count, m.minimum, m.maximum, m.mean, m.standard_deviation, m.norm,
        max(abs(m.minimum), abs(m.maximum)) AS maximum_magnitude, m.hash, n.leaf
      FROM measurements AS m
        JOIN passes AS p ON p.id = m.pass
        LEFT JOIN calls AS c ON c.pass = m.pass AND c.call = m.call
        LEFT JOIN nodes AS n ON n.graph = p.graph AND n.node = c.node
        LEFT JOIN tensor_types AS t ON t.id = m.type
      WHERE m.role IN (0, 1);
    CREATE VIEW leaves AS
      SELECT m.pass, p.step, p.micro_batch, p.phase, m.call, c.node, n.leaf, t.dtype, t.shape,
        b.norm AS norm_before, m.norm AS norm_after, w.norm AS parameter_norm,
        m.norm / nullif(w.norm, 0) AS ratio, m.nan_count,
        m.positive_infinity_count + m.negative_infinity_count AS infinity_count, m.zero_count
      FROM measurements AS m
        JOIN passes AS p ON p.id = m.pass
        LEFT JOIN measurements AS b
          ON b.pass = m.pass AND b.call = m.call AND b.role = 2 AND b.slot = m.slot
        LEFT JOIN measurements AS w
          ON w.pass = m.pass AND w.call = m.call AND w.role = 4 AND w.slot = m.slot
        LEFT JOIN calls AS c ON c.pass = m.pass AND c.call = m.call
        LEFT JOIN nodes AS n ON n.graph = p.graph AND n.node = c.node
        LEFT JOIN tensor_types AS t ON t.id = m.type
      WHERE m.role = 3;
    CREATE VIEW steps AS
      SELECT session, step, phase, count(*) AS passes, min(id) AS first_pass,
        max(id) AS last_pass, sum(call_count) AS calls, sum(non_finite_count) AS not_finite,
        avg(root) AS mean_root, count(CASE WHEN outcome = 'completed' THEN 1 END) AS completed,
        sum(ended_ns - started_ns) / 1e6 AS milliseconds
      FROM passes GROUP BY session, step, phase;
    CREATE VIEW fan_ins AS
      SELECT s.pass, p.step, p.micro_batch, p.phase, s.call, n.node, n.name, n.scope, s.output,
        f.node AS from_node, f.name AS from_name, f.scope AS from_scope,
        f.source_file || ':' || f.source_line AS from_source, s.from_input, s.norm, s.cosine
      FROM contributions AS s
        JOIN passes AS p ON p.id = s.pass
        LEFT JOIN calls AS c ON c.pass = s.pass AND c.call = s.call
        LEFT JOIN nodes AS n ON n.graph = p.graph AND n.node = c.node
        LEFT JOIN calls AS d ON d.pass = s.pass AND d.call = s.from_call
        LEFT JOIN nodes AS f ON f.graph = p.graph AND f.node = d.node;
    """

  /// What a recording is like, for SQLite's planner: it begins where rows are few.
  ///
  /// Said here rather than found out from each recording, which takes time.
  static let planSQL = """
    ANALYZE;
    DELETE FROM sqlite_stat1;
    INSERT INTO sqlite_stat1 VALUES
      ('passes', NULL, '1000'), ('tensor_types', 'sqlite_autoindex_tensor_types_1', '50 10 1'),
      ('calls', 'calls', '500000 500 1'), ('measurements', 'measurements', '1000000 1000 2 1 1'),
      ('measurements', 'measurements_not_finite', '20 2'), ('nodes', 'nodes', '1000 500 1'),
      ('contributions', 'contributions', '50000 50 3 3 1');
    """
}
