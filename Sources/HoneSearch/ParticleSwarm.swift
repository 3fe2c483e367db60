// ParticleSwarm.swift: particles that fly through the space, drawn to their own best point and to that of all.

public import HoneCore

/// Start points and some that lie far apart place the particles. Each then moves in turn: its velocity keeps some of its course and is drawn to the best point that the
/// particle has met and to the best of its branch. Positions are ranks of values, as real numbers; a proposal is the nearest
/// valid point. Of words, the particle takes over its own best's, the swarm's, or keeps its own. Now and then a particle whose branch does not hold
/// the best point starts anew from there. Kennedy and Eberhart, "Particle swarm optimization", 1995; inertia after Shi and Eberhart, 1998.
public struct ParticleSwarm: Strategy {
  public static let name = "particle-swarm"
  public static let summary = "particles drawn to their own best configuration and to that of all"
  public static let options = [particles, inertia, own, common]

  static let particles = StrategyOption("particles", "particles", default: 12, in: 2...1000)
  static let inertia = StrategyOption(
    "inertia", "share of its velocity that a particle keeps", default: 0.5, in: 0...1)
  static let own = StrategyOption(
    "own", "pull of a particle's own best point", default: 1.2, in: 0...4)
  static let common = StrategyOption(
    "common", "pull of the best point of all", default: 1.6, in: 0...4)

  private struct Particle {
    /// Where it last was proposed.
    var point: Point
    var position: [Double]
    var velocity: [Double]
    var best: (point: Point, value: Double)
  }

  private var ledger: Ledger
  private let size: Int
  private let pulls: (inertia: Double, own: Double, common: Double)
  private var swarm: [Particle] = []
  private let initialPoints: Int
  private var turn = 0
  /// For each pending proposal, by number, its particle.
  private var flights: [Int: Int] = [:]

  public init(_ task: SearchTask) {
    ledger = Ledger(task)
    size = Int(task.value(of: Self.particles))
    pulls = (task.value(of: Self.inertia), task.value(of: Self.own), task.value(of: Self.common))
    initialPoints = min(size, max(3, task.budget / 4))
  }

  public mutating func ask() -> Point? {
    if let point = ledger.nextInitial(initialPoints) { return point }
    return flight() ?? ledger.nextFresh()
  }

  public mutating func tell(_ evaluation: Evaluation) {
    guard let index = ledger.note(evaluation) else { return }
    let particle = flights.removeValue(forKey: index)
    guard let value = ledger.values[index] ?? nil else { return }
    let best = (point: evaluation.point, value: value)
    if let particle {
      if value < swarm[particle].best.value { swarm[particle].best = best }
    } else if swarm.count < size {
      swarm.append(Self.resting(at: best))
    }
  }

  private static func resting(at best: (point: Point, value: Double)) -> Particle {
    Particle(
      point: best.point, position: best.point.indices.map(Double.init),
      velocity: best.point.indices.map { _ in 0 }, best: best)
  }

  private mutating func flight() -> Point? {
    guard !swarm.isEmpty, let best = ledger.best,
      let leader = ledger.tree.point(at: best.index)
    else { return nil }
    turn = (turn + 1) % swarm.count
    if swarm[turn].point.branch != leader.branch && ledger.generator.below(4) == 0 {
      swarm[turn] = Self.resting(at: (leader, best.value))
    }
    move(turn)
    guard let point = ledger.proposeNear(swarm[turn].point) else { return nil }
    swarm[turn].point = point
    flights[ledger.tree.index(of: point) ?? 0] = turn
    return point
  }

  /// One step of a particle: new velocity, new position, and the point there.
  private mutating func move(_ index: Int) {
    var particle = swarm[index]
    let branch = particle.point.branch
    let mates = swarm.filter { $0.best.point.branch == branch }
    guard particle.best.point.branch == branch,
      let leader = mates.min(by: { $0.best.value < $1.best.value })?.best.point
    else { return }
    for (axis, parameter) in ledger.tree.space.branches[branch].parameters.enumerated() {
      let choices = (particle.best.point.indices[axis], leader.indices[axis])
      if parameter.kind == .categorical {
        let words = [particle.point.indices[axis], choices.0, choices.1]
        particle.point.indices[axis] = words[ledger.generator.below(3)]
        continue
      }
      let last = Double(parameter.values.count - 1)
      let place = particle.position[axis]
      let pull =
        pulls.own * ledger.generator.unit() * (Double(choices.0) - place)
        + pulls.common * ledger.generator.unit() * (Double(choices.1) - place)
      let velocity = min(max(pulls.inertia * particle.velocity[axis] + pull, -last / 2), last / 2)
      particle.velocity[axis] = velocity
      particle.position[axis] = min(max(place + velocity, 0), last)
      particle.point.indices[axis] = Int(particle.position[axis].rounded())
    }
    swarm[index] = particle
  }
}
