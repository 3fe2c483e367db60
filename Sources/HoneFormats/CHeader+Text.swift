// CHeader+Text.swift: the C text of a group: struct, rows, tree and search.

internal import Glibc
internal import HoneCore

/// Names that C and C++ accept.
enum CName {
  private static let reserved: Set<String> = [
    "auto", "bool", "break", "case", "char", "class", "const", "continue", "default", "delete",
    "do",
    "double", "else", "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long",
    "new",
    "operator", "private", "public", "register", "restrict", "return", "short", "signed", "sizeof",
    "static", "struct", "switch", "template", "this", "typedef", "union", "unsigned", "using",
    "virtual", "void", "volatile", "while", "extents", "seconds", "linux", "unix",
  ]

  static func identifier(_ text: String) -> String {
    let plain = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    let named = plain.first.map { $0.isNumber ? "_" + plain : plain } ?? "_"
    return reserved.contains(named) ? named + "_" : named
  }

  /// A string literal: bytes that are no printable ASCII are octal escapes, which end after three digits. `?` too, because of trigraphs.
  static func literal(_ text: String) -> String {
    let bytes = text.utf8.map { byte -> String in
      let isPlain = byte >= 0x20 && byte < 0x7f && byte != 0x22 && byte != 0x5c && byte != 0x3f
      if isPlain { return String(UnicodeScalar(byte)) }
      let octal = String(byte, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
    }
    return "\"\(bytes.joined())\""
  }

  /// Inside a comment.
  static func comment(_ text: String) -> String {
    String(text.map { $0.isASCII && !$0.isNewline ? $0 : " " }).replacing("*/", with: "* /")
      .replacing("/*", with: "/ *")
  }
}

extension CHeaderGroup {
  private struct Member {
    var name: String
    var field: String
    var isNumber: Bool
  }

  private var members: [Member] {
    let names = Set(rows.flatMap(\.configuration.keys)).sorted()
    var taken: Set<String> = []
    return names.map { name in
      let values = rows.compactMap { $0.configuration[name] }
      var field = CName.identifier(name)
      while !taken.insert(field).inserted { field += "_" }
      return Member(name: name, field: field, isNumber: values.allSatisfy { $0.int != nil })
    }
  }

  func text(device: String) -> String {
    let tree = ShapeTree(rows.map { extents($0).map(Self.logarithm) })
    return [
      opening(device), structure, table, logarithms, nodes(tree), search(tree), "#endif\n",
    ].joined(separator: "\n")
  }

  /// Of the extent plus one, as everywhere in Hone: an empty dimension is near an extent of one.
  static func logarithm(_ extent: Int) -> Double { log2(Double(max(extent, 0)) + 1) }

  private func opening(_ device: String) -> String {
    let arguments = dimensions.map { CName.identifier($0) }.joined(separator: ", ")
    let notes =
      dropped.isEmpty
      ? ""
      : " * Not an argument, because it follows another extent in every row: \(dropped.joined(separator: ", ")).\n"
    let about = words.map { "\($0.name)=\($0.value.plain)" }.joined(separator: " ")
    return """
      /* Written by hone db export: do not edit. No dependencies; C99 and C++.
       * What is served for \(CName.comment("\(kernel) \(about)")) on \(CName.comment(device.isEmpty ? "unknown hardware" : device)).
      \(notes) *
       *   int exact;
       *   const \(identifier) *best = \(identifier)_find(\(arguments), &exact);
       *
       * exact is 1 where this very shape was tuned; else the row is the nearest in log-shape.
       */
      #ifndef \(identifier.uppercased())_H
      #define \(identifier.uppercased())_H

      """
  }

  private var structure: String {
    let fields = members.map {
      "  \($0.isNumber ? "long long " : "const char *")\($0.field); /* \($0.isNumber ? "-1" : "a null pointer"): the variant has none */\n"
    }
    return """
      typedef struct {
        long long extents[\(max(1, dimensions.count))];
      \(fields.joined())  double seconds; /* 0: unknown */
      } \(identifier);

      """
  }

  private var table: String {
    let lines = rows.map { row in
      let values = members.map { member -> String in
        guard let value = row.configuration[member.name] else {
          return member.isNumber ? "-1" : "0"
        }
        return member.isNumber ? "\(value.int ?? -1)LL" : CName.literal(value.plain)
      }
      let shape = dimensions.isEmpty ? ["0"] : extents(row).map { "\($0)LL" }
      let all = ["{\(shape.joined(separator: ", "))}"] + values + ["\(row.seconds ?? 0)"]
      return "  {\(all.joined(separator: ", "))}"
    }
    return
      "static const \(identifier) \(identifier)_rows[\(rows.count)] = {\n\(lines.joined(separator: ",\n"))};\n"
  }

  private var logarithms: String {
    let lines = rows.map { row in
      let values = dimensions.isEmpty ? [0] : extents(row).map(Self.logarithm)
      return "  {\(values.map { "\($0)" }.joined(separator: ", "))}"
    }
    return """
      static const double \(identifier)_logs[\(rows.count)][\(max(1, dimensions.count))] = {
      \(lines.joined(separator: ",\n"))};

      /* Binary logarithm of x + 1 by squaring, so that nothing needs to be linked. */
      static inline double \(identifier)_log2(long long x) {
        double value = (double)(x < 0 ? 0 : x) + 1.0, result = 0.0, step = 0.5;
        int i;
        while (value >= 2.0) { value *= 0.5; result += 1.0; }
        for (i = 0; i < 50; i++, step *= 0.5) {
          value *= value;
          if (value >= 2.0) { value *= 0.5; result += step; }
        }
        return result;
      }

      """
  }

  private func nodes(_ tree: ShapeTree) -> String {
    let lines = tree.nodes.map { "  {\($0.axis), \($0.split), \($0.left), \($0.right), \($0.row)}" }
    return """
      /* axis and split of a decision, its two branches; or the row of a leaf (axis -1). */
      static const struct { int axis; double split; int left, right, row; }
      \(identifier)_tree[\(tree.nodes.count)] = {
      \(lines.joined(separator: ",\n"))};

      """
  }

  private func search(_ tree: ShapeTree) -> String {
    let count = max(1, dimensions.count)
    let parameters = dimensions.map { "long long \(CName.identifier($0)), " }.joined()
    let queries = dimensions.enumerated().map { index, name in
      "  x[\(index)] = \(identifier)_log2(\(CName.identifier(name)));"
    }
    let matches = dimensions.enumerated().map { index, name in
      " &&\n      \(identifier)_rows[best].extents[\(index)] == \(CName.identifier(name))"
    }
    return """
      static inline void \(identifier)_descend(int node, const double *x, int *best, double *least) {
        while (\(identifier)_tree[node].axis >= 0) {
          double side = x[\(identifier)_tree[node].axis] - \(identifier)_tree[node].split;
          int near = side < 0 ? \(identifier)_tree[node].left : \(identifier)_tree[node].right;
          int far = side < 0 ? \(identifier)_tree[node].right : \(identifier)_tree[node].left;
          \(identifier)_descend(near, x, best, least);
          if (side * side > *least + 1e-9) return;
          node = far;
        }
        {
          int row = \(identifier)_tree[node].row, i;
          double distance = 0.0;
          for (i = 0; i < \(count); i++) {
            double d = x[i] - \(identifier)_logs[row][i];
            distance += d * d;
          }
          if (distance < *least - 1e-9 || (distance <= *least + 1e-9 && row < *best)) {
            *least = distance;
            *best = row;
          }
        }
      }

      /* Never null. exact may be null. */
      static inline const \(identifier) *\(identifier)_find(\(parameters)int *exact) {
        double x[\(count)] = {0};
        double least = 1e300;
        int best = \(rows.count);
      \(queries.joined(separator: "\n"))
        \(identifier)_descend(0, x, &best, &least);
        if (exact) *exact = 1\(matches.joined());
        return &\(identifier)_rows[best];
      }

      """
  }
}

/// A k-d tree over points: each leaf is one row, each decision halves its rows along the axis in which they spread most.
struct ShapeTree {
  struct Node: Equatable {
    /// -1 for a leaf.
    var axis: Int
    var split: Double
    var left: Int
    var right: Int
    var row: Int
  }

  private(set) var nodes: [Node] = []
  private let points: [[Double]]

  init(_ points: [[Double]]) {
    self.points = points
    if !points.isEmpty { _ = build(Array(points.indices)) }
  }

  private mutating func build(_ rows: [Int]) -> Int {
    let index = nodes.count
    nodes.append(Node(axis: -1, split: 0, left: 0, right: 0, row: rows[0]))
    guard rows.count > 1, let axis = widestAxis(rows) else { return index }
    let sorted = rows.sorted { (points[$0][axis], $0) < (points[$1][axis], $1) }
    let low = points[sorted[0]][axis]
    // The middle, moved up to where the value changes, so that equal values stay on one side.
    let middle =
      sorted[(sorted.count / 2)...].firstIndex { points[$0][axis] > low } ?? sorted.count / 2
    let split = points[sorted[middle]][axis]
    let left = sorted.filter { points[$0][axis] < split }
    let right = sorted.filter { points[$0][axis] >= split }
    nodes[index] = Node(axis: axis, split: split, left: 0, right: 0, row: 0)
    nodes[index].left = build(left)
    nodes[index].right = build(right)
    return index
  }

  /// nil where all points are the same.
  private func widestAxis(_ rows: [Int]) -> Int? {
    let spreads = points[rows[0]].indices.map { axis in
      let values = rows.map { points[$0][axis] }
      return (axis: axis, spread: (values.max() ?? 0) - (values.min() ?? 0))
    }
    return spreads.filter { $0.spread > 0 }.max { ($0.spread, $1.axis) < ($1.spread, $0.axis) }?
      .axis
  }
}
