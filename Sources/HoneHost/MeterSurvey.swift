// MeterSurvey.swift: what can be read here beside the time, and why not where it cannot: for `hone doctor`.

internal import HoneCore

/// One thing that a measurement may want beside a clock.
public struct MeterSurvey: Hashable, Sendable, Codable {
  /// "energy", "hardware counters", "huge pages".
  public var name: String
  public var isAvailable: Bool
  /// What there is, or the reason why there is nothing and what to do.
  public var detail: String

  public init(_ name: String, isAvailable: Bool, detail: String) {
    self.name = name
    self.isAvailable = isAvailable
    self.detail = detail
  }

  /// Looks at this machine; takes a tenth of a second where energy can be read.
  public static func all(files: SystemFiles = SystemFiles()) -> [MeterSurvey] {
    [energy(files), counters(files), hugePages(files)]
  }

  private static func energy(_ files: SystemFiles) -> MeterSurvey {
    do throws(EnergyMeter.Refusal) {
      let meter = try EnergyMeter(files: files)
      let watts = try meter.idleWatts(seconds: 0.1)
      let rounded = (watts * 10).rounded() / 10
      return MeterSurvey(
        "energy", isAvailable: true,
        detail: "\(meter.domains.joined(separator: ", ")), \(rounded) W when idle")
    } catch {
      return MeterSurvey("energy", isAvailable: false, detail: error.description)
    }
  }

  private static func counters(_ files: SystemFiles) -> MeterSurvey {
    do throws(CounterRefusal) {
      let counters = try HardwareCounters(files: files)
      return MeterSurvey(
        "hardware counters", isAvailable: true, detail: counters.names.joined(separator: ", "))
    } catch {
      return MeterSurvey("hardware counters", isAvailable: false, detail: error.description)
    }
  }

  private static func hugePages(_ files: SystemFiles) -> MeterSurvey {
    let free =
      files.integer("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages") ?? 0
    guard free > 0 else {
      return MeterSurvey(
        "huge pages", isAvailable: false,
        detail: "none are set aside; the policy +huge needs some (sysctl vm.nr_hugepages=N)")
    }
    return MeterSurvey("huge pages", isAvailable: true, detail: "\(free) of 2 MiB are free")
  }
}
