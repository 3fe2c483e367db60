// MeasurementPolicy.swift: under which conditions something is measured, as data with a name.

/// The conditions of a measurement. Stored with each and matched at look-up: a warm-cache winner is not an answer to a
/// cold-cache question. Every policy has one name, and every name one policy.
public struct MeasurementPolicy: Hashable, Sendable {
  public enum Operands: String, Sendable, Codable, CaseIterable {
    /// The same operands each time: as warm as they fit the caches.
    case warm
    /// Operands that are constant in use, as the operation declares them (weights, tables, caches of keys and values), rotate over
    /// more memory than the last-level cache; what changes from call to call (activations) stays warm.
    case cold
  }

  public var operands: Operands
  /// "4k", "thp" (transparent huge pages asked for), "huge" (pages that the administrator set aside; refused where there are none).
  public var pages: String
  /// "none", or the name of the neighbour that runs beside: see `CoLoad`.
  public var coLoad: String
  public var sampling: Sampling
  /// What a sample counts, and verdicts are about.
  public var quantity: Quantity
  /// Only configurations whose output has the same bits with every number of threads take part.
  public var isSameBits: Bool

  public init(
    operands: Operands = .warm, pages: String = "thp", coLoad: String = "none",
    sampling: Sampling = .init(), quantity: Quantity = .time, isSameBits: Bool = false
  ) {
    self.operands = operands
    self.pages = pages
    self.coLoad = coLoad
    self.sampling = sampling
    self.quantity = quantity
    self.isSameBits = isSameBits
  }

  /// Kinds of pages that a policy can ask for; the first is the usual one.
  public static let pageKinds = ["thp", "4k", "huge"]

  /// The neighbour; nil where there is none.
  public var neighbour: CoLoad? { CoLoad(name: coLoad) }
}

/// What is compared: the two physical quantities that all objectives are made of.
public enum Quantity: String, Sendable, Codable, CaseIterable {
  /// Seconds for one execution.
  case time
  /// Joules for one execution, beyond what the idle machine draws.
  case energy
}

/// How samples are taken.
public struct Sampling: Hashable, Sendable {
  public enum Batching: String, Sendable, Codable, CaseIterable {
    /// A sample is as many executions as fill its length: throughput, as in a layer that is called again and again.
    case filled
    /// A sample is one execution, timed alone: what a single call costs, its start included.
    case single
  }

  public enum Clock: String, Sendable, Codable, CaseIterable {
    /// CLOCK_MONOTONIC_RAW: not slewed.
    case raw
    /// The processor's time-stamp counter, calibrated against the other: cheaper and finer to read.
    case tsc
  }

  public var batching: Batching
  /// Least length of a filled sample.
  public var sampleMicroseconds: Int
  public var clock: Clock

  public init(
    batching: Batching = .filled, sampleMicroseconds: Int = 100, clock: Clock = .raw
  ) {
    self.batching = batching
    self.sampleMicroseconds = sampleMicroseconds
    self.clock = clock
  }
}

/// A neighbour of Hone's own that holds a share of something all cores use.
public struct CoLoad: Hashable, Sendable {
  public enum Resource: String, Sendable, Codable, CaseIterable {
    /// Memory bandwidth: it reads at that share of what the whole machine can read.
    case memory
    /// The last-level cache: it keeps that share of it filled with its own lines.
    case cache
  }

  public var resource: Resource
  /// Percent, 1 to 100.
  public var percent: Int

  public init(_ resource: Resource, percent: Int) {
    self.resource = resource
    self.percent = percent
  }

  /// "memory-50", "cache-25"; nil of any other text.
  public init?(name: String) {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let resource = Resource(rawValue: String(parts[0])),
      let percent = Int(parts[1]), (1...100).contains(percent), "\(percent)" == parts[1]
    else { return nil }
    self.init(resource, percent: percent)
  }

  public var name: String { "\(resource.rawValue)-\(percent)" }
  public var share: Double { Double(percent) / 100 }
}
