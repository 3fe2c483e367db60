// SpaceTree+Adoption.swift: a configuration of another shape, core count or host as a point of this space, by names.

internal import HoneCore

/// What became of a configuration from elsewhere.
enum Adoption: Hashable, Sendable {
  case point(Point)
  /// Why nothing here corresponds to it.
  case dropped(String)
}

extension SpaceTree {
  /// Finds the branch of the same back end and variant, else one with the same algorithm (another tile, another instruction set); starts from its
  /// default and takes over one value after the other, the nearest there is, as long as the point stays valid.
  func adopt(_ foreign: Configuration, cores: Int, foreignCores: Int) -> Adoption {
    guard let branch = branch(for: foreign) else {
      return .dropped(
        "nothing here runs '\(foreign.backend) \(foreign.variant)' or its algorithm")
    }
    var point = space.defaultPoint(ofBranch: branch)
    guard contains(point) else {
      return .dropped("the default of '\(space.branches[branch].variant)' is not valid here")
    }
    for (position, parameter) in space.branches[branch].parameters.enumerated() {
      guard var value = foreign[parameter.name] else { continue }
      if parameter.name == "threads", let threads = value.int {
        value = .int(Self.scaled(threads, from: foreignCores, to: cores))
      }
      guard let index = parameter.nearest(to: value) else { continue }
      let changed = point.replacing(position, with: index)
      if contains(changed) { point = changed }
    }
    return .point(point)
  }

  private func branch(for foreign: Configuration) -> Int? {
    let branches = space.branches
    let own = branches.indices.filter { branches[$0].backend == foreign.backend }
    return own.first { branches[$0].variant == foreign.variant }
      ?? own.first {
        branches[$0].variant.algorithm == foreign.variant.algorithm
      }
  }

  /// All threads stay all threads, half of them half.
  private static func scaled(_ threads: Int, from: Int, to: Int) -> Int {
    from == to || from < 1 ? threads : max(1, (threads * to + from / 2) / from)
  }
}

extension Parameter {
  /// The same value; of an ordinal parameter the nearest one as a ratio. nil where there is none.
  fileprivate func nearest(to value: ParameterValue) -> Int? {
    if let index = values.firstIndex(of: value) { return index }
    guard kind == .ordinal, let wanted = value.int else { return nil }
    // 0 often means "automatic": it is near to nothing but itself.
    let numbers = values.indices.compactMap { index in
      values[index].int.map { (index: index, value: $0) }
    }
    guard wanted > 0 else { return nil }
    func distance(_ number: Int) -> Double {
      number > 0 ? max(Double(number), Double(wanted)) / min(Double(number), Double(wanted)) : 1e9
    }
    return numbers.min { distance($0.value) < distance($1.value) }?.index
  }
}

extension String {
  /// Of a variant's name `gemm.f32.packed.6x16@x86v3` what neither tile nor instruction set change: `gemm.f32.packed`.
  var algorithm: Substring {
    let name = prefix { $0 != "@" }
    let parts = name.split(separator: ".")
    guard let last = parts.last, last.contains("x"), last.first?.isNumber == true else {
      return name
    }
    return name.dropLast(last.count + 1)
  }
}
