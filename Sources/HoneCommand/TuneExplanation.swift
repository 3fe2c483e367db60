// TuneExplanation.swift: what `hone tune --explain` says of one problem.

internal import Hone
internal import HoneReport
internal import HoneSearch

struct TuneExplanation {
  var explanation: SearchExplanation

  var text: String {
    var facts = FactList()
    facts.add("Problem", explanation.title)
    facts.add("Tried", "\(explanation.tried) of \(explanation.spaceSize) configurations")
    facts.add("By", explanation.sources.map(source))
    facts.add("What moved time", importance)
    facts.add("Served", explanation.served?.key ?? "")
    facts.add("Why", explanation.reasons)
    return facts.text()
  }

  /// "analytic: 7, best 1.03× of the default".
  private func source(_ source: SearchExplanation.Source) -> String {
    let best = source.bestRelativeTime.map { ", best \(Scaled.ratio(1 / $0)) of the default" }
    let unusable = source.unusable == 0 ? "" : ", \(source.unusable) unusable"
    return "\(source.name): \(source.tried)\(best ?? "")\(unusable)"
  }

  /// Shares of all effects together, interactions counted with each parameter that takes part; below a percent nothing was moved.
  private var importance: [String] {
    let total = explanation.importance.reduce(0) { $0 + $1.share }
    let lines = explanation.importance.filter { $0.share >= 0.01 * total }.map { entry in
      let alone = Scaled.percent(entry.mainEffect)
      return
        "\(entry.parameter): \(Scaled.percent(entry.share / total)), explains \(alone) by itself"
    }
    if !lines.isEmpty { return lines }
    return ["too little was tried to say"]
  }
}
